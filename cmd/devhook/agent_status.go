package main

import (
	"context"
	"math"
	"path/filepath"
	"sync"

	"devhook/inspector"
	"devhook/web"
)

// status is what the page shows of us: of the first tunnel, and the others beside it.
func (a *agent) status() web.Status {
	st := a.sites[0].status()
	for _, s := range a.sites[1:] {
		st.Others = append(st.Others, s.status())
	}
	if free, known := room(filepath.Dir(a.cfg.DB)); known {
		st.DiskFree = int64(min(free, math.MaxInt64))
	}
	return st
}

// tunnelEvents follows the tunnels for the page.
func (a *agent) tunnelEvents(ctx context.Context) <-chan web.Status {
	out := make(chan web.Status)
	var work sync.WaitGroup
	for _, s := range a.sites {
		work.Go(func() {
			for range s.pub.tunnel.Watch(ctx) {
				select {
				case out <- a.status():
				case <-ctx.Done():
					return
				}
			}
		})
	}
	go func() {
		work.Wait()
		close(out)
	}()
	return out
}

// inspectorOf is that of the tunnel which a capture came through. One of an earlier run belongs to the tunnel whose app it
// was for; one of nobody here is the first's.
func (a *agent) inspectorOf(ctx context.Context, id string) *inspector.Inspector {
	c, err := a.db.Capture(ctx, id)
	if err != nil {
		return a.sites[0].in // which tells what is wrong
	}
	for _, s := range a.sites {
		if s.me.ID == c.Instance {
			return s.in
		}
	}
	for _, s := range a.sites {
		if s.in.DeliversTo(c.App) {
			return s.in
		}
	}
	return a.sites[0].in
}
