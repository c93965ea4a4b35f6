package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"devhook/store"
)

// jobs are the resends of this run. One is under way at a time: two at once would send out of order, and some twice.
type jobs struct {
	mu   sync.Mutex
	made []*job // oldest first
}

// jobMost is how many resends are remembered, to be looked at.
const jobMost = 20

// job is one resend. It goes on when the page that started it is closed, and can be looked at and stopped from any.
type job struct {
	id     string
	ids    []string
	at     time.Time
	ctx    context.Context // done when it is to stop
	stop   context.CancelFunc
	finish chan struct{} // closed at its end

	mu    sync.Mutex
	sent  []sending
	state jobState
	err   error // why it stopped
}

// sending is what became of one capture: a delivery, or why there is none.
type sending struct {
	id       string
	delivery *store.Delivery
	why      string
}

type jobState string

const (
	underWay  jobState = "under way"
	finished  jobState = "done"
	cancelled jobState = "cancelled"
	stopped   jobState = "stopped" // by a fault, or because devhook ends
)

// busy says that a resend is under way, and which.
type busy struct{ job *job }

func (b busy) Error() string { return "web: resend: another is under way" }

// start registers a job; the caller runs it. ctx is the longest it may live.
func (j *jobs) start(ctx context.Context, ids []string, now time.Time) (*job, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if l := len(j.made); l > 0 && j.made[l-1].now() == underWay {
		return nil, busy{j.made[l-1]}
	}
	if len(j.made) >= jobMost {
		j.made = j.made[1:]
	}
	ctx, stop := context.WithCancel(ctx)
	one := &job{id: newNonce(), ids: ids, at: now, ctx: ctx, stop: stop, finish: make(chan struct{}), state: underWay}
	j.made = append(j.made, one)
	return one, nil
}

func (j *jobs) find(id string) (*job, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, one := range j.made {
		if one.id == id {
			return one, nil
		}
	}
	return nil, fault{status: http.StatusNotFound, detail: "no such resend; devhook forgets them when it stops, and old ones"}
}

func (j *job) now() jobState {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.state
}

func (j *job) add(s sending) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.sent = append(j.sent, s)
}

// seen is the job as it stands.
func (j *job) seen() (sent []sending, state jobState, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.sent[:len(j.sent):len(j.sent)], j.state, j.err
}

// run sends the captures one at a time, until it is to stop or a delivery can't be recorded. A delivery that has begun is
// waited for. A capture that can't be sent, or has gone meanwhile, is passed over.
func (s *Server) run(j *job) error {
	defer close(j.finish)
	defer j.stop()
	var err error
	for _, id := range j.ids {
		if err = j.ctx.Err(); err != nil {
			break
		}
		var one sending
		if one, err = s.sendOne(j.ctx, id); err != nil {
			break
		}
		j.add(one)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	switch {
	case err == nil:
		j.state = finished
	case errors.Is(err, context.Canceled) && s.quit.Err() == nil:
		j.state = cancelled
	default:
		j.state, j.err = stopped, err
	}
	return err
}

func (s *Server) sendOne(ctx context.Context, id string) (sending, error) {
	out := sending{id: id}
	c, err := s.cfg.Store.Capture(ctx, id)
	if err == nil {
		if out.why = neverWhole(c); out.why != "" {
			return out, nil
		}
		out.delivery, err = s.cfg.Replayer.Replay(context.WithoutCancel(ctx), id, Edit{})
	}
	var refused *Refusal
	switch {
	case errors.Is(err, store.ErrNotFound):
		out.why = "It was deleted meanwhile"
	case errors.As(err, &refused):
		out.why = refused.Reason
	case err != nil:
		return out, fmt.Errorf("web: resend %s: %w", id, err)
	}
	return out, nil
}

// launch runs a job in the background, past the page that started it.
func (s *Server) launch(ids []string) (*job, error) {
	j, err := s.jobs.start(s.quit, ids, s.now())
	if err != nil {
		return nil, err
	}
	s.work.Go(func() {
		if err := s.run(j); err != nil && !errors.Is(err, context.Canceled) {
			s.log.Error("web: resend stopped", "err", err)
		}
	})
	return j, nil
}
