package tunnel

import (
	"errors"
	"os"
	"testing"
	"time"
)

func TestOutflowWaitsForCredit(t *testing.T) {
	var o Outflow
	o.Open()
	told := 0
	tell := func() { told++ }
	for range InitialCredit / (32 << 10) {
		if err := o.Take(32<<10, tell); err != nil {
			t.Fatal(err)
		}
	}
	got := make(chan error, 1)
	go func() { got <- o.Take(10, tell) }()
	select {
	case err := <-got:
		t.Fatalf("did not wait: %v", err)
	case <-time.After(20 * time.Millisecond):
	}
	if err := o.Add(9); err != nil {
		t.Fatal(err)
	}
	if err := o.Add(1); err != nil {
		t.Fatal(err)
	}
	if err := <-got; err != nil || told == 0 {
		t.Errorf("%v; blocked was told %d times", err, told)
	}
}

func TestOutflowEndsWaiting(t *testing.T) {
	why := errors.New("why")
	for name, end := range map[string]struct {
		by   func(*Outflow)
		want error
	}{
		"fail":     {func(o *Outflow) { o.Fail(why) }, why},
		"deadline": {func(o *Outflow) { o.ExpireAt(time.Now().Add(time.Millisecond)) }, os.ErrDeadlineExceeded},
		"past":     {func(o *Outflow) { o.ExpireAt(time.Unix(1, 0)) }, os.ErrDeadlineExceeded},
	} {
		var o Outflow
		o.Open()
		o.credit = 0
		got := make(chan error, 1)
		go func() { got <- o.Take(1, func() {}) }()
		time.Sleep(time.Millisecond)
		end.by(&o)
		if err := <-got; !errors.Is(err, end.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCreditCannotOverflow(t *testing.T) {
	for _, n := range []int{0, -1, MaxCredit, MaxCredit - InitialCredit + 1, 1<<32 - 1} {
		var o Outflow
		o.Open()
		if err := o.Add(n); !errors.Is(err, ErrProtocol) {
			t.Errorf("%d: %v", n, err)
		}
	}
}

func TestInflowReturnsByQuarters(t *testing.T) {
	var f Inflow
	f.Open(nil)
	if err := f.Arrived(InitialCredit); err != nil {
		t.Fatal(err)
	}
	if err := f.Arrived(1); !errors.Is(err, ErrProtocol) {
		t.Errorf("more than allowed: %v", err)
	}
	if n := f.Used(InitialCredit/4 - 1); n != 0 {
		t.Errorf("a credit of %d before a quarter", n)
	}
	if n := f.Used(1); n != InitialCredit/4 {
		t.Errorf("a credit of %d at a quarter", n)
	}
}

// pump plays a sender that waits for credit and a reader that uses everything at once.
func pump(t *testing.T, f *Inflow, rounds int) (window int) {
	t.Helper()
	for range rounds {
		n := f.allowed
		if err := f.Arrived(n); err != nil {
			t.Fatal(err)
		}
		f.Used(n)
		f.Blocked()
	}
	return f.window
}

func TestInflowGrowsUnderABudget(t *testing.T) {
	b := NewBudget(MaxCredit)
	var first, second Inflow
	first.Open(b)
	second.Open(b)
	if w := pump(t, &first, 10); w != MaxCredit {
		t.Errorf("the first grew to %d", w)
	}
	if w := pump(t, &second, 10); w != 2*InitialCredit {
		t.Errorf("the second grew to %d out of what was left", w)
	}
	first.Close()
	first.Close()
	if w := pump(t, &second, 10); w != MaxCredit {
		t.Errorf("then it grew to %d", w)
	}
	second.Close()
	if left := b.left.Load(); left != MaxCredit {
		t.Errorf("%d of the budget came back", left)
	}
}

func TestInflowDoesNotGrowForASlowReader(t *testing.T) {
	var f Inflow
	f.Open(NewBudget(MaxCredit))
	for range 100 { // the reader is always most of a window behind
		_ = f.Arrived(f.allowed)
		f.Blocked()
		f.Used(InitialCredit / 8)
	}
	if f.window != InitialCredit {
		t.Errorf("grew to %d", f.window)
	}
}

func TestQueueKeepsOrderAndRoom(t *testing.T) {
	var q queue
	var sum, want int
	for n := range 100_000 {
		q.write([]byte{byte(n)})
	}
	if len(q.blocks) > 100_000/blockSize+1 {
		t.Errorf("%d blocks for 100,000 bytes", len(q.blocks))
	}
	b := make([]byte, 777)
	for q.size > 0 {
		for _, c := range b[:q.read(b)] {
			if c != byte(sum) {
				t.Fatalf("byte %d is %d", sum, c)
			}
			sum++
		}
	}
	if want = 100_000; sum != want || len(q.blocks) != 0 {
		t.Errorf("%d bytes, %d blocks left", sum, len(q.blocks))
	}
}

func TestBackoffDoublesUpToItsLimit(t *testing.T) {
	b := backoff{first: 250 * time.Millisecond, limit: 5 * time.Second}
	for n, longest := range []time.Duration{250, 500, 1000, 2000, 4000, 5000, 5000} {
		if d := b.next(); d < 0 || d > longest*time.Millisecond {
			t.Errorf("attempt %d after %s", n+1, d)
		}
	}
	b.attempts = 1 << 40
	if d := b.next(); d < 0 || d > 5*time.Second {
		t.Errorf("after long %s", d)
	}
}

func TestJumpSeesBothClocks(t *testing.T) {
	now := time.Now()
	if d := jump(now, now.Add(time.Second)); d != time.Second {
		t.Errorf("a second is %s", d)
	}
	slept := now.Add(time.Minute).Round(0) // the wall clock alone went on
	if d := jump(now, slept); d < time.Minute-time.Second {
		t.Errorf("a minute of sleep is %s", d)
	}
}
