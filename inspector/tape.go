package inspector

import (
	"context"

	"devhook/store"
)

// A tape records an answer that is passed on as it comes, up to the limit. It trails behind, which only answers may.
type tape struct {
	in    *Inspector
	d     *store.Delivery
	buf   []byte
	start []byte // the first piece, for the sender's judgement
	n     int64
}

func newTape(in *Inspector, d *store.Delivery) *tape { return &tape{in: in, d: d} }

func (t *tape) write(b []byte) {
	if room := t.in.cfg.Limits.Answer - t.n; int64(len(b)) > room {
		b, t.d.Truncated = b[:room], true
	}
	t.n += int64(len(b))
	t.buf = append(t.buf, b...)
	for len(t.buf) >= shortBody {
		t.flush(shortBody)
	}
}

// flush stores the first n bytes of what waits. A store that fails ends the recording, not the passing on.
func (t *tape) flush(n int) {
	piece := t.buf[:n]
	if t.start == nil {
		t.start = append([]byte(nil), piece...)
	}
	if err := t.in.cfg.Store.AppendBody(context.Background(), t.d.ID, piece); err != nil {
		t.d.Truncated = true
		t.n = t.in.cfg.Limits.Answer
		t.in.cfg.Log.Error("an answer could not be recorded to its end", "id", t.d.CaptureID, "err", err)
	}
	t.buf = append(t.buf[:0], t.buf[n:]...)
}

func (t *tape) end() {
	if len(t.buf) > 0 {
		t.flush(len(t.buf))
	}
}
