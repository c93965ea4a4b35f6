package web

import (
	"context"
	"crypto/rand"
	"sync"
	"time"

	"devhook/store"
)

const (
	keyAge  = 15 * time.Minute // how long a key stands for what was done with it
	keyMost = 1000             // keys remembered; the oldest are forgotten first
)

// onceKeys makes one delivery of a repeated click: the first request with a key does the work, the others get its result.
type onceKeys struct {
	now  func() time.Time
	mu   sync.Mutex
	done map[string]*work
	line []string // keys in the order they came
}

type work struct {
	at       time.Time
	print    string // what was asked for with this key
	finished chan struct{}
	delivery *store.Delivery
	err      error
}

// do runs f unless key did already. print tells the request apart: another one under the same key is a 422. The empty
// key always runs.
func (k *onceKeys) do(ctx context.Context, key, print string, f func() (*store.Delivery, error)) (*store.Delivery, error) {
	if key == "" {
		return f()
	}
	w, first := k.claim(key, print)
	if w.print != print {
		return nil, fault{status: 422, detail: "this key was used for another request already"}
	}
	if !first {
		select {
		case <-w.finished:
			return w.delivery, w.err
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	defer close(w.finished)
	w.delivery, w.err = f()
	if w.err != nil && w.delivery == nil {
		k.forget(key, w)
	}
	return w.delivery, w.err
}

func (k *onceKeys) claim(key, print string) (w *work, first bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for len(k.line) > 0 && (len(k.line) >= keyMost || k.now().Sub(k.done[k.line[0]].at) > keyAge) {
		delete(k.done, k.line[0])
		k.line = k.line[1:]
	}
	if w, ok := k.done[key]; ok {
		return w, false
	}
	w = &work{at: k.now(), print: print, finished: make(chan struct{})}
	k.done[key] = w
	k.line = append(k.line, key)
	return w, true
}

// forget lets a key be used again after nothing was sent. What was sent and could not be recorded keeps its key: the
// next click must not send it again.
func (k *onceKeys) forget(key string, w *work) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.done[key] != w {
		return
	}
	delete(k.done, key)
	for i, l := range k.line {
		if l == key {
			k.line = append(k.line[:i:i], k.line[i+1:]...)
			return
		}
	}
}

// newNonce is what a form carries so that it counts once.
func newNonce() string { return rand.Text() }
