// Package hooks talks to the senders that let a program say where their webhooks go: seven.io, Zipwhip, ricloud and
// Telerivet. A Client lists, adds, updates, removes and tests webhooks as far as its sender can; what a sender has no
// call for is ErrUnsupported. ricloud sends a key's events to one webhook alone: which that is can be read and changed.
//
// What it promises: a credential is held in memory and stands in no error and no note. Nothing is half done without a
// word: a Partial names what was made before a failure. Nothing is made twice: where the answer to a creation was lost,
// the sender's list is read before it is tried again. Only 429, 5xx and failures of the network are tried again, with
// pauses that double; what a sender refuses is an Error with the sender's own words, as they came, for the caller to
// quote.
//
// Where a sender's document is silent or wrong, the client tries what works and says so in its notes. Storing secrets
// and printing are left to the caller.
package hooks
