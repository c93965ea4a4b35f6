//go:build norecord

package inspector

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"sync"

	"devhook/store"
)

// A recorder of this build keeps nothing: it shows scripts/bench what recording costs. A long body lies in memory until its
// delivery is over, as it would lie in the store. This is no build to be used: an answer proves nothing here.
type recorder = *forgetful

type forgetful struct {
	mu   sync.Mutex
	long map[string][]byte // by the capture's ID
}

func newRecorder(*store.DB) recorder { return &forgetful{long: make(map[string][]byte)} }

func (f *forgetful) Add(context.Context, *store.Capture, []byte) error { return nil }

func (f *forgetful) Sync(context.Context) error { return nil }

func (f *forgetful) BeginArrival(_ context.Context, c *store.Capture) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.long[c.ID] = nil
	return nil
}

// AppendBody keeps a piece of a request's body; an answer's owner has not begun here.
func (f *forgetful) AppendBody(_ context.Context, ownerID string, chunk []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if b, ok := f.long[ownerID]; ok {
		f.long[ownerID] = append(b, chunk...)
	}
	return nil
}

func (f *forgetful) FinishArrival(_ context.Context, c *store.Capture) error {
	if !c.Delivering {
		f.forget(c.ID)
	}
	return nil
}

func (f *forgetful) AddDelivery(_ context.Context, d *store.Delivery, _ []byte, _ bool) error {
	f.forget(d.CaptureID)
	return nil
}

func (f *forgetful) forget(id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.long, id)
}

func (f *forgetful) Body(_ context.Context, ownerID string) (io.ReadCloser, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	b, ok := f.long[ownerID]
	if !ok {
		return nil, fmt.Errorf("inspector: read body %q: %w", ownerID, store.ErrNotFound)
	}
	return io.NopCloser(bytes.NewReader(b)), nil
}
