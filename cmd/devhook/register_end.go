package main

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"devhook/inspector/hooks"
)

// unregisterWait is how long a sender may take at the end.
const unregisterWait = 5 * time.Second

// take takes one webhook away, in the sender's list and in the mark.
func (r *registration) take(ctx context.Context, id string) error {
	err := r.client.Remove(ctx, id)
	_ = r.client.Notes()
	if refused, ok := errors.AsType[*hooks.Error](err); ok && refused.Cause == nil {
		// Somebody may have taken it away before.
		if all, listErr := r.client.List(ctx); listErr == nil && !slices.ContainsFunc(all, func(h hooks.Hook) bool { return h.ID == id }) {
			err = nil
		}
	}
	if err != nil {
		return err
	}
	r.mark.gone(id)
	return nil
}

// unanswered is why a webhook could not be taken away.
func unanswered(err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return "no answer in time"
	}
	return reason(err)
}

// unregister takes away what was registered, beside whatever else ends. The channel is closed when it is over.
func (s *site) unregister(ctx context.Context) <-chan struct{} {
	over := make(chan struct{})
	go func() {
		defer close(over)
		r := s.reg
		if r == nil || r.mark == nil {
			return
		}
		ctx, cancel := context.WithTimeout(ctx, unregisterWait)
		defer cancel()
		r.mu.Lock()
		defer r.mu.Unlock()
		if err := s.takeAll(ctx); err != nil {
			what := "still registered with " + r.p.Title
			if len(r.mark.told.IDs) > 0 {
				what += ": " + quote(strings.Join(r.mark.told.IDs, ", "))
			}
			if !r.mark.told.Whole && len(r.mark.told.IDs) == 0 {
				what = "perhaps " + what
			}
			s.warn(what+": "+unanswered(err), "the next devhook up --register "+r.p.Name+" takes it away, or devhook hooks "+r.p.Name+" rm ID")
			r.mark.leave()
			return
		}
		if r.unsure {
			r.mark.leave() // it may come to be yet: the next start looks again
			return
		}
		r.mark.end()
	}()
	return over
}

// takeAll takes away all that was made. What was interrupted may have been made without a word of it: that is looked for.
func (s *site) takeAll(ctx context.Context) error {
	r := s.reg
	if !r.mark.told.Whole {
		_, err := s.takeMarked(ctx, r.mark)
		return err
	}
	if err := s.putBack(ctx, r.mark); err != nil {
		return err
	}
	for _, id := range slices.Clone(r.mark.told.IDs) {
		if err := r.take(ctx, id); err != nil {
			return err
		}
	}
	return nil
}
