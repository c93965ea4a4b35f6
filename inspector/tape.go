package inspector

import (
	"context"

	"devhook/store"
)

// A tape records an answer that is passed on as it comes, up to the limit. It trails behind, which only answers may.
type tape struct {
	in    *Inspector
	d     *store.Delivery
	room  int64 // bytes that may still be recorded
	buf   []byte
	start []byte // the first piece, for the sender's judgement
}

func newTape(in *Inspector, d *store.Delivery) *tape {
	return &tape{in: in, d: d, room: in.cfg.Limits.Answer}
}

func (t *tape) write(b []byte) {
	if int64(len(b)) > t.room {
		b, t.d.Truncated = b[:t.room], true
	}
	t.room -= int64(len(b))
	t.buf = append(t.buf, b...)
	for len(t.buf) >= shortBody {
		t.flush(shortBody)
	}
}

// flush stores the first n bytes of what waits. A store that fails ends the recording, not the passing on: what came
// after a gap would look like the answer and not be it.
func (t *tape) flush(n int) {
	piece := t.buf[:n]
	if t.start == nil {
		t.start = append([]byte(nil), piece...)
	}
	if err := t.in.rec.AppendBody(context.Background(), t.d.ID, piece); err != nil {
		t.buf, t.room, t.d.Truncated = nil, 0, true
		t.in.cfg.Log.Error("an answer could not be recorded to its end", "id", t.d.CaptureID, "err", err)
		return
	}
	t.buf = append(t.buf[:0], t.buf[n:]...)
}

func (t *tape) end() {
	if len(t.buf) > 0 {
		t.flush(len(t.buf))
	}
}
