package inspector

import (
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

// upgrade passes a 101 on, with the capture on disk, and then joins both sides as they are. What crosses is counted,
// not kept: it is another protocol's. The delivery is recorded when it ends; until then it reads as under way.
func (t *transfer) upgrade() bool {
	t.d.Status, t.d.Head, t.d.Truncated = t.p.Status, t.p.Raw, true
	if err := t.sync(); err != nil {
		return t.unstoredAnswer(err)
	}
	_, err := t.s.Write(rewrite(t.p.Raw, fromApp(true, false), nil))
	if err = errors.Join(err, t.s.upgrade()); err == nil {
		t.d.Accepted = true // the sender got what it asked for
		t.d.BodySize = t.join()
		t.d.Duration = t.cfg.Now().Sub(t.d.At)
		t.s.ended.Store(true)
	} else {
		t.cutStream(err)
	}
	if err := t.addDelivery(t.d, nil, false); err != nil {
		t.cfg.Log.Error("the end of an upgraded connection could not be recorded", "id", t.c.ID, "err", err)
	}
	return false
}

// join copies both ways until both are done, bytes already read ahead first, and returns how many came from the app.
// One side's end is passed on as such where the other can be half closed. After the app's, the sender has a while for
// what it still sends: it may well not notice.
func (t *transfer) join() (down int64) {
	t.p.watch(t.s.gone())
	defer t.p.unwatch()
	var up sync.WaitGroup
	up.Go(func() {
		_, err := io.Copy(t.p.conn.Conn, t.s.r)
		passEnd(t.p.conn.Conn, err)
	})
	down, err := io.Copy(t.s, t.p.conn.r)
	_ = t.s.SetReadDeadline(time.Now().Add(t.cfg.Limits.Silence))
	passEnd(t.s.Conn, err)
	up.Wait()
	return down
}

// passEnd tells c that the other side said its last, or closes it if that side broke.
func passEnd(c net.Conn, err error) {
	if half, ok := c.(closer); !ok || err != nil || half.CloseWrite() != nil {
		_ = c.Close()
	}
}
