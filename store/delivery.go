package store

import (
	"slices"
	"time"
)

// Kind tells a first delivery from a repeated one.
type Kind string

// The kinds of delivery. A capture has one live delivery at most.
const (
	Live   Kind = "live"
	Replay Kind = "replay"
)

// OutcomeUnknown is the Error of a delivery that a crash cut short: the app
// may have got the request or not.
const OutcomeUnknown = "outcome unknown"

// HeldNote is among the Notes of a live delivery of what had been held: what came
// of it its sender is never told.
const HeldNote = "it was held: its sender had an answer before the app was called"

// WasHeld reports whether the sender had its answer before this delivery.
func (d *Delivery) WasHeld() bool { return d.Kind == Live && slices.Contains(d.Notes, HeldNote) }

// Delivery is one handing-over of a capture to an app.
type Delivery struct {
	ID        string // ULID; made by StartReplay or AddDelivery when empty
	Seq       int64  // position among all deliveries, from 1; set by the store
	CaptureID string
	N         int // 1 for the first of its capture; set by the store
	Kind      Kind
	At        time.Time // when it began
	Target    string    // full URL it was sent to

	// What was sent, where it differs from what arrived.
	Request     []byte   // head as sent; nil: the recorded one by the documented table
	RequestBody []byte   // body as sent; nil: the recorded one
	Edited      bool     // the user changed something
	Resigned    []string // names of recomputed headers and fields

	// What came of it.
	Status     int    // 0: no answer
	Error      string // why there was no answer; "" if there was one
	Duration   time.Duration
	Accepted   bool          // the sender would count it as success
	Judgement  string        // why (not), for people
	Notes      []string      // what else the sender makes of the answer, for people
	Head       []byte        // answer's head as it came
	BodySize   int64         // bytes of the answer's body
	Truncated  bool          // less than BodySize was recorded
	SenderGone time.Duration // 0, or how long after arrival the sender left
}
