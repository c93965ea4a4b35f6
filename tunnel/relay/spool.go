package relay

import (
	"context"
	"errors"
	"io"
	"time"
)

// Holding says where requests are kept whose agent is away, and how long. Agents ask for it (tunnel.Config.Hold).
type Holding struct {
	Spool Spool
	Age   time.Duration                  // of a request at which it is given up, more than 0
	Size  int64                          // bytes of all that is kept for one key, more than 0
	Free  func() (bytes uint64, ok bool) // room on the disk of Spool: no more is kept than half of what there would be without it. nil: unknown
}

func (h *Holding) check() error {
	if h == nil || h.Spool != nil && h.Age > 0 && h.Size > 0 {
		return nil
	}
	return errors.New("relay: holding needs a spool, an age and a size")
}

// Spool keeps requests on disk, in the order of Keep. Its methods may be called at the same time.
type Spool interface {
	// Append keeps the next piece of the body of a Held that Keep will be called for. Without that it lasts until Discard, or
	// the end of the process.
	Append(ctx context.Context, id string, piece []byte) error
	// Discard forgets what Append kept.
	Discard(ctx context.Context, id string) error
	// Keep returns when the request is on disk, to stay whatever happens to process and machine. It sets h.Seq.
	Keep(ctx context.Context, h *Held) error
	// Next is the oldest that is kept for an address of an owner; nil if there is none.
	Next(ctx context.Context, address, owner string) (*Held, error)
	// Body opens the body of one whose Body is nil.
	Body(ctx context.Context, h *Held) (io.ReadCloser, error)
	// Drop forgets what is chosen, and tells how much that was of each address.
	Drop(ctx context.Context, which Choice) ([]HeldSum, error)
	// Sums tells of all that is kept.
	Sums(ctx context.Context) ([]HeldSum, error)
}

// A Held is a request that is kept for an agent that is away.
type Held struct {
	Seq     int64  // its place in the order, from 1
	ID      string // of its arrival
	Address string // port or name that was called
	Owner   string // fingerprint of the key whose address that is: nobody else gets it
	Arrived time.Time
	Sender  string // host:port
	Scheme  string
	Host    string // host[:port] that was called, as far as the relay was told; else ""
	Port    int    // public port that was called
	Head    []byte // as it came
	Body    []byte // as it came, chunk framing and all; nil if it is long, and was kept by Append
	Size    int64  // bytes of head and body
}

// A Choice is what Drop forgets: all that every field fits that is set.
type Choice struct {
	Seq            int64
	Address, Owner string
	Before         time.Time // arrival
}

// A HeldSum is what is kept for an address of an owner.
type HeldSum struct {
	Address, Owner string
	Count          int
	Bytes          int64 // as Quota counts
	Oldest         time.Time
}

// heldCost is what a kept request takes beside its own bytes.
const heldCost = 1024

// Quota is how many bytes of Holding.Size a request of so many bytes takes.
func Quota(size int64) int64 { return size + heldCost }
