package store

import (
	"fmt"
	"runtime/debug"
)

// A batch ends at so many jobs or bytes. It is never waited for: what has
// come while the last one was committed is the next one.
const (
	batchJobs  = 512
	batchBytes = 4 << 20
)

// next is the batch of a turn: what the last one left, and what waits in the queue.
func (w *writer) next() []*job {
	left := w.left
	w.left = nil
	return w.gather(left)
}

// gather adds what waits in the queue.
func (w *writer) gather(batch []*job) []*job {
	bytes := 0
	for _, j := range batch {
		bytes += j.bytes
	}
	for len(batch) < batchJobs && bytes < batchBytes {
		select {
		case j := <-w.queue:
			batch = append(batch, j)
			bytes += j.bytes
		default:
			return batch
		}
	}
	return batch
}

// commit does a batch in one transaction. If a job fails in it, all are done
// again, each alone, so that it takes no neighbour with it.
func (w *writer) commit(batch []*job) {
	batch, err := w.begin(batch)
	if err != nil || len(batch) == 0 {
		w.finish(batch, err)
		return
	}
	results := make([]error, len(batch))
	for i, j := range batch {
		w.c.dirty = false
		results[i] = w.run(j)
		if results[i] == nil || rejected(results[i]) && !w.c.dirty {
			continue
		}
		w.rollback(results[i])
		w.apart(batch, results[i])
		return
	}
	if err := w.c.do("COMMIT"); err != nil {
		w.rollback(err)
		w.apart(batch, err)
		return
	}
	w.tell(batch, results)
}

// run does one job. A panic in it is an error of its caller: it must not go on
// in whoever has the turn, and leave the others of the batch without an answer.
func (w *writer) run(j *job) (err error) {
	defer func() {
		if p := recover(); p != nil {
			w.log.Error("store: a write ended with a panic", "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return j.run(w.c)
}

// apart does the jobs of a failed batch one by one. A single job has failed
// already, and on a broken connection nothing is tried twice.
func (w *writer) apart(batch []*job, err error) {
	if len(batch) == 1 || w.c == nil {
		w.finish(batch, err)
		return
	}
	for _, j := range batch {
		w.commit([]*job{j})
	}
}

// tell gives each job its result and wakes the watchers.
func (w *writer) tell(batch []*job, results []error) {
	visible, number := false, w.flush.commit()
	w.written.Add(int64(len(batch)))
	for i, j := range batch {
		j.commit = number
		j.done <- results[i]
		visible = visible || j.visible && results[i] == nil
	}
	if visible {
		w.notify()
	}
}

func (w *writer) finish(batch []*job, err error) {
	for _, j := range batch {
		j.done <- err
	}
}
