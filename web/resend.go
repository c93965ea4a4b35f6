package web

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"devhook/store"
)

// resendMost bounds one resending.
const resendMost = 10000

// failedIDs are the captures that a resend of f would send: failed, not in flight, oldest first.
func (s *Server) failedIDs(ctx context.Context, f store.Filter) ([]string, error) {
	f.Failed, f.Resendable, f.OldestFirst, f.Limit, f.Before = true, true, true, resendMost, ""
	list, err := s.cfg.Store.List(ctx, f)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(list))
	for i, c := range list {
		ids[i] = c.ID
	}
	return ids, nil
}

// chosenIDs are the captures that a form or an address names with id=, oldest first, each once.
func (s *Server) chosenIDs(ctx context.Context, refs []string) ([]string, error) {
	if len(refs) > resendMost {
		return nil, fault{status: http.StatusRequestEntityTooLarge, detail: "these are more than can be sent at once"}
	}
	order := map[string]int64{}
	for _, ref := range refs {
		id, err := s.cfg.Store.Resolve(ctx, strings.TrimSpace(ref))
		if err != nil {
			return nil, err
		}
		c, err := s.cfg.Store.Capture(ctx, id)
		if err != nil {
			return nil, err
		}
		order[id] = c.Seq // IDs of one millisecond have no order
	}
	return slices.SortedFunc(maps.Keys(order), func(a, b string) int { return cmp.Compare(order[a], order[b]) }), nil
}

// stillThere leaves out of a selection what was deleted since its list was drawn, unless that is all of it.
func (s *Server) stillThere(ctx context.Context, refs []string) []string {
	left := slices.DeleteFunc(slices.Clone(refs), func(ref string) bool {
		_, err := s.cfg.Store.Resolve(ctx, strings.TrimSpace(ref))
		return errors.Is(err, store.ErrNotFound)
	})
	if len(left) == 0 {
		return refs
	}
	return left
}

// plans remember what a question page asked about, so that the answer means the same captures and counts once.
type plans struct {
	mu   sync.Mutex
	made map[string]plan
	now  func() time.Time
}

type plan struct {
	at  time.Time
	ids []string
	job *job // what became of it: a second click is shown the same
}

const planMost = 64

func (p *plans) put(ids []string) (nonce string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	oldest := ""
	for n, m := range p.made {
		if p.now().Sub(m.at) > keyAge {
			delete(p.made, n)
		} else if oldest == "" || m.at.Before(p.made[oldest].at) {
			oldest = n
		}
	}
	if len(p.made) >= planMost {
		delete(p.made, oldest)
	}
	nonce = newNonce()
	p.made[nonce] = plan{at: p.now(), ids: ids}
	return nonce
}

// use starts what was planned, once; later it gives what became of it. A plan whose start went wrong can be used again.
func (p *plans) use(nonce string, start func(ids []string) (*job, error)) (j *job, known bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	m, known := p.made[nonce]
	if !known || m.job != nil {
		return m.job, known, nil
	}
	if m.job, err = start(m.ids); err == nil {
		p.made[nonce] = m
	}
	return m.job, true, err
}
