package tunnel

import (
	"os"
	"sync"
	"time"
)

var errTimeout = os.ErrDeadlineExceeded // a net.Error whose Timeout is true

// deadline is one deadline of a connection. It is guarded by the lock of what waits under it.
type deadline struct {
	over    bool
	timer   *time.Timer
	setting uint64 // counts settings, so that a timer that was too late to be stopped does nothing
	late    func() // called when it is over, with the lock held; may be nil
}

// set moves the deadline to t, or takes it away if t is zero. The lock is held; who waits on changed is woken when it is
// over.
func (d *deadline) set(t time.Time, lock *sync.Mutex, changed *sync.Cond) {
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
	d.setting++
	d.over = false
	if t.IsZero() {
		return
	}
	wait := time.Until(t)
	if wait <= 0 {
		d.expire(changed)
		return
	}
	nth := d.setting
	d.timer = time.AfterFunc(wait, func() {
		lock.Lock()
		defer lock.Unlock()
		if d.setting == nth {
			d.expire(changed)
		}
	})
}

func (d *deadline) expire(changed *sync.Cond) {
	d.over = true
	changed.Broadcast()
	if d.late != nil {
		d.late()
	}
}
