package web

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"devhook/store"
)

// resendMost bounds one resending.
const resendMost = 10000

// errResending says that one is under way: two at once would send out of order, and some twice.
var errResending = fault{status: http.StatusConflict, detail: "a resend is under way; wait until it is done"}

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

// resend sends captures again one at a time and hands each delivery to each. It stops when ctx ends or a replay can't
// be recorded; a capture that has gone meanwhile is passed over. The caller holds s.resending.
func (s *Server) resend(ctx context.Context, ids []string, each func(*store.Delivery)) error {
	for _, id := range ids {
		if err := ctx.Err(); err != nil {
			return err
		}
		d, err := s.cfg.Replayer.Replay(context.WithoutCancel(ctx), id, Edit{})
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		each(d)
	}
	return nil
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

func (p *plans) take(nonce string) ([]string, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	m, ok := p.made[nonce]
	delete(p.made, nonce)
	return m.ids, ok
}
