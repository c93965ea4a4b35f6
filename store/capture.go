package store

import "time"

// State says how far the arrival of a capture came.
type State string

// The states of a capture.
const (
	Complete   State = "complete"   // head and body arrived whole
	Incomplete State = "incomplete" // the sender or devhook stopped before the end of the body
	Malformed  State = "malformed"  // not understood as HTTP
	Refused    State = "refused"    // kept from the app on purpose
	Held       State = "held"       // answered already, waits for the app
)

// Verdict is the result of checking a sender's secret or signature.
type Verdict string

// The verdicts.
const (
	Valid     Verdict = "valid"
	Invalid   Verdict = "invalid"
	Missing   Verdict = "missing"
	Unchecked Verdict = "unchecked"
)

// Imported as the Instance of a capture says that it arrived somewhere else and
// came in a file. Nobody waits for its delivery: it is never Failed.
const Imported = "import"

// Capture is one request as it arrived, what was concluded from it, and the
// user's own marks. Arrival facts never change once stored.
type Capture struct {
	ID  string // ULID in upper case; made by Add or BeginArrival when empty
	Seq int64  // position in arrival order, from 1; set by the store, never used twice

	// Arrival facts.
	ReceivedAt time.Time
	State      State
	Method     string
	Target     string // request target as it was written, any bytes
	Host       string
	Proto      string // "HTTP/1.1"
	PublicURL  string // what the sender called
	RemoteAddr string // the sender, host:port
	Head       []byte // start line to empty line as it came; nil in lists and changes
	Trailer    []byte // trailer lines as they came; nil in lists and changes
	Framing    string // "none", "length" or "chunked"
	BodySize   int64  // bytes of body, decoded from chunks
	BodySHA256 string // hex, of the same bytes
	Instance   string // ID of the instance that recorded it, or Imported
	App        string // base URL of the app it was for
	ArrivalID  string // what the relay calls this arrival, of one that it may hand over again; "" for none. Set by who records, never read back
	Queue      string // of one in state Held: which of its app's queues it is put into; never read back

	// Conclusions, may be computed anew (Conclude).
	Provider  string
	Event     string
	EventID   string
	DedupeKey string // equal for retries of one event; "" when unknown
	Verdict   Verdict
	Reason    string
	Hints     []string
	Checks    []Check

	DuplicateOf string // ID of the earliest capture with the same provider and DedupeKey; set by the store
	Delivering  bool   // a live delivery is promised and has no outcome yet

	// The user's marks.
	Pinned bool
	Note   string

	// Derived when read.
	Failed          bool      // see Filter.Failed
	DeliveriesCount int       // deliveries with an outcome (also an unknown one)
	Last            *Delivery // the latest of them, without heads and bodies; nil if none
}

// Check is one step of a verification, for people to read.
type Check struct {
	OK   bool   `json:"ok"`
	Text string `json:"text"`
}
