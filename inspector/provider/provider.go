// Package provider knows senders: what each one proves, says and demands.
//
// A Provider is a struct of plain functions and facts, made from the sender's own public document (Doc). It recognises the
// sender's requests, judges the secret or signature and says why, names the event, tells whether an answer counts as success,
// and puts a fresh proof into a request that is to be sent again.
//
// The package is pure. It reads no clock (Request.At is the time of judging), opens no connection and stores nothing, and no
// text it returns holds the value of a secret. How a sender proves itself is data wherever possible: a scheme is a value with
// the two methods verify and sign, which stand in the Provider as the functions Verify and Sign. sharedSecret, a secret that
// travels in named places of the request, is one; a signature over parts of the request is another of the same shape, so that
// a further sender is a row of values and not a new road.
//
// Callers use the methods (Check, Knows, Describe, Assess, Resign) rather than the functions: they hold what is true of
// every sender, and turn a panic into an honest answer.
package provider

import (
	"net/netip"
	"time"
)

// Verdict says whether the sender is proven.
type Verdict string

// The four verdicts.
const (
	Valid     Verdict = "valid"     // the proof is there and right
	Invalid   Verdict = "invalid"   // a proof is there and wrong
	Missing   Verdict = "missing"   // a secret is configured, the request has no proof
	Unchecked Verdict = "unchecked" // nothing to check with, or it could not be checked
)

// A Field is one header line as it came; Value is without the white space around it.
type Field struct{ Name, Value string }

// A Request is a webhook as it reached the public address.
type Request struct {
	Method        string
	Target        string // as in the request line
	URL           string // the public URL that was called
	Fields        []Field
	Body          []byte
	BodyTruncated bool // Body is only the beginning: it was too long to be judged
	Remote        netip.Addr
	At            time.Time // when it arrived, or the moment it is to be judged at
	Quick         bool      // the verdict alone is wanted: no hints are looked for

	shared *reading // whose JSON counts for all who look at this request; nil: each parses it
}

// A Secret is one configured secret. Ref ("env:NAME") is what messages call it; Value is never shown.
type Secret struct{ Ref, Value string }

// A Check is one thing that was looked at.
type Check struct {
	OK   bool
	Text string
}

// A Result is a verdict with its reason, a sentence fragment. Hints were computed, each says what would make it fit.
type Result struct {
	Verdict Verdict
	Reason  string
	Hints   []string
	Checks  []Check
}

// An Event is what the request says has happened. Requests with the same DedupeKey tell of the same happening; an empty
// key equals no other. Retry is the sender's own count of earlier tries, 0 if it gives none.
type Event struct {
	Name, ID, DedupeKey string
	OccurredAt          time.Time // zero if the request doesn't say
	Retry               int
}

// An Answer is what the sender got. Err is set instead of Status if there was none.
type Answer struct {
	Status int
	Fields []Field
	Body   []byte
	Took   time.Duration
	Err    string
}

// A Judgement says whether the sender counts an answer as success. Text says why not ("answered 204, wants 200"), Next
// what the sender then does; both are empty when accepted. Notes are faults in what the answer asks the sender to do.
type Judgement struct {
	Accepted bool
	Text     string
	Next     string
	Notes    []string
}

// A Sample is an unsigned request as the sender would make it, with the name and id that it tells; "" if it tells none.
type Sample struct {
	Event   string
	ID      string
	Request Request
}

// A Provider is one sender. Functions may be nil where the sender has nothing of the kind.
type Provider struct {
	Name    string        // as in flags and files: "telerivet"
	Title   string        // its proper name: "Telerivet"
	Doc     string        // URL of the public document all this follows
	Timeout time.Duration // how long the sender waits for an answer; 0: not known
	Ports   []int         // public ports the sender calls; nil: any
	Own     bool          // defined by its user: there is no Doc

	// Sources are the addresses that prove a sender who has no secret. Without a known Remote it can't be checked.
	Sources []netip.Prefix
	// For people: what proves it ("HMAC-SHA256 of body in X-Hub-Signature-256"; "" leaves it to Proves), which answers it
	// takes for success ("" stands for 2xx), what it does after a failure, and where its secret is found or set.
	Proof, Success, Retries, Where string

	// Asks is what the sender takes from an answer beside its status, for people: "TwiML"; "" is nothing. Whoever answers in
	// the app's place can't say it.
	Asks string

	by        scheme      // nil where it isn't data
	greetings []challenge // its handshakes

	Recognise func(*Request) bool
	Verify    func(*Request, []Secret) Result
	Event     func(*Request) Event
	Judge     func(*Request, Answer) Judgement
	Sign      func(q *Request, s Secret, now time.Time) (changed []string, err error) // edits the request in place
	Samples   func() []Sample

	// Follow gives, for a sample that stands for several requests one after another, the fields (as Set takes them) in which
	// each differs from it.
	Follow func(*Request) [][]Field

	// MakeSecret makes a secret as the sender makes them, always the same for a seed: what checks, and what signs. They
	// differ where the sender signs with a private key.
	MakeSecret func(seed [32]byte) (check, sign string)

	SecretHeaders, SecretFields []string // names whose values are masked on screen and in exports
}
