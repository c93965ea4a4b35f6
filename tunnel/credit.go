package tunnel

import (
	"sync"
	"sync/atomic"
	"time"
)

// Credit of one direction of an exchange, in bytes.
const (
	InitialCredit = 256 << 10
	MaxCredit     = 2 << 20 // the window of an SSH channel in x/crypto: more would be of no use

	creditStep = 128 << 10 // what is owed of a wide window is given back at this: the other end waits the less
)

// A Budget bounds what the exchanges of a tunnel may grow together beyond their initial credit.
type Budget struct{ left atomic.Int64 }

// NewBudget allows so many bytes.
func NewBudget(bytes int64) *Budget {
	b := new(Budget)
	b.left.Store(bytes)
	return b
}

func (b *Budget) take(n int) bool {
	if b == nil {
		return false
	}
	if b.left.Add(-int64(n)) >= 0 {
		return true
	}
	b.left.Add(int64(n))
	return false
}

// Outflow is what one end may still send of an exchange. Use it by reference.
type Outflow struct {
	mu      sync.Mutex
	changed sync.Cond
	credit  int
	told    bool // the other end knows that we wait
	fault   error
	limit   deadline
}

// Open allows the initial credit.
func (o *Outflow) Open() {
	o.changed.L = &o.mu
	o.credit = InitialCredit
}

// Take waits for n bytes of credit, at most MaxData. Before it waits it calls blocked once, which tells the other end.
func (o *Outflow) Take(n int, blocked func()) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	for {
		switch {
		case o.fault != nil:
			return o.fault
		case o.limit.over:
			return errTimeout
		case o.credit >= n:
			o.credit -= n
			return nil
		case !o.told:
			o.told = true
			o.mu.Unlock()
			blocked()
			o.mu.Lock()
		default:
			o.changed.Wait()
		}
	}
}

func (o *Outflow) tryTake(n int) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.fault != nil || o.credit < n {
		return false
	}
	o.credit -= n
	return true
}

// Add takes a credit frame in.
func (o *Outflow) Add(n int) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if n < 1 || n > MaxCredit-o.credit {
		return violation("credit of %d bytes on top of %d", n, o.credit)
	}
	o.credit += n
	o.told = false
	o.changed.Broadcast()
	return nil
}

// Fail ends all waiting, now and later, with err. The first error stays.
func (o *Outflow) Fail(err error) {
	o.mu.Lock()
	if o.fault == nil {
		o.fault = err
	}
	o.changed.Broadcast()
	o.mu.Unlock()
}

// ExpireAt sets the time at which waiting ends with a time-out. The zero time means never.
func (o *Outflow) ExpireAt(t time.Time) {
	o.mu.Lock()
	o.limit.set(t, &o.mu, &o.changed)
	o.mu.Unlock()
}

func (o *Outflow) expired() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.limit.over
}

// Inflow is what the other end may still send of an exchange, and what it gets back once the bytes are used. Its methods
// return the bytes of the credit frame to send, 0 for none.
type Inflow struct {
	mu      sync.Mutex
	window  int  // all credit there is: allowed, here but unused, and owed
	allowed int  // the other end may still send
	owed    int  // used and not given back yet
	wanted  bool // the other end waited for credit
	budget  *Budget
}

// Open allows the initial credit, and to grow under a budget.
func (f *Inflow) Open(b *Budget) {
	f.window, f.allowed, f.budget = InitialCredit, InitialCredit, b
}

// Arrived takes note of data that came.
func (f *Inflow) Arrived(n int) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if n > f.allowed {
		return violation("%d bytes of data with a credit of %d", n, f.allowed)
	}
	f.allowed -= n
	return nil
}

// Used takes note of data that was passed on. Credit goes back by quarters of the window, of a wide one by creditStep.
func (f *Inflow) Used(n int) (credit int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.owed += n
	f.grow()
	if f.owed < min(f.window/4, creditStep) {
		return 0
	}
	return f.give()
}

// Blocked takes note that the other end waits.
func (f *Inflow) Blocked() (credit int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.wanted = true
	f.grow()
	return f.give()
}

// grow opens the window wide if the other end waited although most of what came was used: then it is the distance that
// takes the time, and each step on the way would take one more. Where the budget has not that much left the window doubles.
// Whoever reads slowly gets no more to read.
func (f *Inflow) grow() {
	unused := f.window - f.allowed - f.owed
	if !f.wanted || f.window == MaxCredit || unused > f.window/4 {
		return
	}
	more := MaxCredit - f.window
	if !f.budget.take(more) {
		if more = min(more, f.window); !f.budget.take(more) {
			return
		}
	}
	f.wanted = false
	f.window += more
	f.owed += more
}

func (f *Inflow) give() int {
	n := f.owed
	f.allowed += n
	f.owed = 0
	return n
}

// Close gives what was grown back to the budget.
func (f *Inflow) Close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.budget != nil {
		f.budget.left.Add(int64(f.window - InitialCredit))
		f.budget = nil
	}
}
