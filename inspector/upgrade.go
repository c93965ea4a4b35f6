package inspector

import (
	"context"
	"io"
	"sync"
)

// upgrade passes a 101 on, with the capture on disk, and then joins both sides as they are. What crosses is counted,
// not kept: it is another protocol's. The delivery is recorded when it ends; until then it reads as under way.
func (t *transfer) upgrade() bool {
	t.d.Status, t.d.Head, t.d.Truncated = t.p.Status, t.p.Raw, true
	t.d.Accepted = true // the sender got what it asked for
	ctx := context.Background()
	if err := t.cfg.Store.Sync(ctx); err != nil {
		return t.unstored(err)
	}
	if _, err := t.s.Write(rewrite(t.p.Raw, fromApp(true, false), nil)); err != nil {
		return false
	}
	if err := t.s.upgrade(); err != nil {
		return false
	}
	t.d.BodySize = t.join()
	t.d.Duration = t.cfg.Now().Sub(t.d.At)
	if err := t.cfg.Store.AddDelivery(ctx, t.d, nil, false); err != nil {
		t.cfg.Log.Error("the end of an upgraded connection could not be recorded", "id", t.c.ID, "err", err)
	}
	t.s.ended.Store(true)
	return false
}

// join copies both ways until both are done, bytes already read ahead first, and returns how many came from the app.
// One side's end is passed on where the other can be half closed; else it ends both.
func (t *transfer) join() (down int64) {
	var both sync.WaitGroup
	both.Go(func() {
		_, _ = io.Copy(t.p.conn.Conn, t.s.r)
		if c, ok := t.p.conn.Conn.(closer); !ok || c.CloseWrite() != nil {
			_ = t.p.conn.Conn.Close()
		}
	})
	down, _ = io.Copy(t.s, t.p.conn.r)
	_ = t.s.Conn.Close()
	both.Wait()
	return down
}
