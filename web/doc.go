// Package web is the viewing room: the inspector's pages, its JSON API and its live updates, on this machine only.
//
// It reads captures and deliveries from the store, lets the user replay, pin, export and delete them, and pushes what
// changes to open pages over Server-Sent Events. Every page works without script; a small module makes it live.
//
// Two things are promised. The room answers only pages of its own: foreign Host values, foreign origins and other users
// of the machine are turned away before any handler runs (guard.go). And captured data is inert: it reaches a page as
// escaped text only, is never fetched, linked or executed, and its credentials are masked until they are asked for.
//
// Left to others: delivering (a Replayer does it), the tunnel (a Status tells of it), and what a secret proves (the
// verdict is stored with the capture).
package web
