package inspector

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"devhook/inspector/provider"
	"devhook/store"
	"devhook/tunnel/http1"
)

// deliver hands the stored request to the app and brings the answer back.
func (x *exchange) deliver() bool {
	d := &store.Delivery{
		ID: store.NewID(x.cfg.Now()), CaptureID: x.c.ID, Kind: store.Live,
		At: x.cfg.Now(), Target: x.app.at(x.q),
	}
	p, err := x.app.call(context.Background(), x.outgoing(), x.passInterim)
	x.letGo() // the answer may go on for hours
	if err != nil {
		d.Error = err.Error()
		return x.failed(d)
	}
	defer p.close()
	t := &transfer{exchange: x, p: p, d: d}
	if p.Status == 101 {
		return t.upgrade()
	}
	return t.run()
}

// outgoing is the recorded request, changed as headers.go says.
func (x *exchange) outgoing() outgoing {
	up := x.q.Upgrade() != ""
	add := forwardLines(x.c.RemoteAddr, x.q.Get("Host"), x.s.scheme(), x.c.ID)
	f, _ := x.q.Framing()
	out := outgoing{
		method: x.q.Method, framing: f, body: x.body, upgrade: up,
		head:    withHost(rewrite(x.q.Raw, fromSender(up), add), x.app.hostLine()),
		trailer: passedTrailer(&x.q.Head, x.trailer),
	}
	if x.long {
		out.long = x.openBody
	}
	return out
}

// openBody reads a long body from its beginning.
func (x *exchange) openBody() (io.ReadCloser, error) {
	if r := x.copied.open(); r != nil {
		return r, nil
	}
	return x.rec.Body(context.Background(), x.c.ID)
}

// passInterim gives the sender an informational answer; an HTTP/1.0 one would not understand it.
func (x *exchange) passInterim(res *http1.Response) error {
	if x.q.Minor == 0 {
		return nil
	}
	_, err := x.s.Write(rewrite(res.Raw, fromApp(false, false), nil))
	return err
}

// failed records that there is no answer and tells the sender so in one line.
func (x *exchange) failed(d *store.Delivery) bool {
	x.judge(d, provider.Answer{Err: d.Error})
	if err := x.addDelivery(d, nil, true); err != nil {
		return x.unstoredAnswer(err)
	}
	return x.answer(502, d.Error+"; the request is kept: devhook resend --failed delivers it later")
}

// judge asks the provider whether the sender counts this as success, and notes how long it took.
func (x *exchange) judge(d *store.Delivery, a provider.Answer) {
	now := x.cfg.Now()
	d.Duration = now.Sub(d.At)
	if !x.late { // else it was answered long ago
		d.SenderGone = x.s.goneAfter(x.arrived, now)
		a.Took = now.Sub(x.arrived)
	}
	judge(d, x.provider, x.asked, a)
}

// judge writes the sender's view of an answer into d, as the end of the sentence "… will count this as failed: ". An
// unknown sender's view is not known.
func judge(d *store.Delivery, p *provider.Provider, q *provider.Request, a provider.Answer) provider.Judgement {
	j := p.Assess(q, a)
	d.Accepted, d.Judgement, d.Notes = j.Accepted, j.Text, j.Notes
	if j.Next != "" {
		d.Notes = append([]string{j.Next}, j.Notes...)
	}
	switch {
	case p.Name == "":
		d.Judgement = ""
	case a.Err != "":
		d.Judgement = a.Err
	}
	return j
}

// A transfer passes one answer from the app to the sender. It is held until it is whole and stored; if it grows long
// or pauses, it becomes a stream: the capture is made durable at once, and each piece goes on as it comes.
type transfer struct {
	*exchange
	p *reply
	d *store.Delivery

	held      []byte // what came and was not passed on
	streaming bool
	keep      bool
	out       io.Writer // where body bytes of a stream go: the sender, chunked or plain
	chunked   *http1.ChunkedWriter
	tape      *tape
}

// maxHeld is the longest answer that is stored before any of it is passed on, in bytes.
const maxHeld = 1 << 20

func (t *transfer) run() bool {
	t.d.Status, t.d.Head = t.p.Status, t.p.Raw
	t.keep = http1.KeepAlive(t.q.Minor, &t.q.Head) && !t.untilClose()
	t.p.conn.stalled = t.stream
	err := t.pump()
	if t.streaming {
		return t.endStream(err)
	}
	if err != nil {
		return t.endCut(err)
	}
	return t.endWhole()
}

// untilClose reports whether the sender can only tell the answer's end by the close.
func (t *transfer) untilClose() bool {
	return t.p.framing == http1.UntilClose || (t.p.framing == http1.Chunked && t.q.Minor == 0)
}

// blocks are what answers are read with: most are far shorter than one.
var blocks = sync.Pool{New: func() any { return new([32 << 10]byte) }}

// pump reads the answer's body to its end.
func (t *transfer) pump() error {
	block := blocks.Get().(*[32 << 10]byte)
	defer blocks.Put(block)
	buf := block[:]
	for {
		n, err := t.p.Read(buf)
		if werr := t.take(buf[:n]); werr != nil {
			return werr
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (t *transfer) take(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	t.d.BodySize += int64(len(b))
	if t.streaming {
		t.tape.write(b)
		_, err := t.out.Write(b)
		return err
	}
	t.held = append(t.held, b...)
	if len(t.held) > maxHeld {
		return t.stream()
	}
	return nil
}

// stream begins to pass the answer on: the capture is on disk first, as always.
func (t *transfer) stream() error {
	if err := t.sync(); err != nil {
		return &storeError{err}
	}
	if err := t.p.conn.wait(); err != nil {
		return err
	}
	t.streaming = true
	t.tape = newTape(t.Inspector, t.d)
	t.out = t.s
	if t.p.framing == http1.Chunked && t.q.Minor > 0 {
		t.chunked = http1.NewChunkedWriter(t.s)
		t.out = t.chunked
	}
	if _, err := t.s.Write(t.head()); err != nil {
		return err
	}
	t.p.watch(t.s.gone())
	held := t.held
	t.held = nil
	if len(held) == 0 {
		return nil
	}
	t.tape.write(held)
	_, err := t.out.Write(held)
	return err
}

// head is the answer's head as the sender gets it.
func (t *transfer) head() []byte {
	var add []string
	if l := connectionLine(t.keep, min(t.q.Minor, t.p.Minor)); l != "" {
		add = []string{l[:len(l)-2]}
	}
	return rewrite(t.p.Raw, fromApp(false, t.q.Minor == 0), add)
}

// endWhole stores the answer and only then sends it, in one write.
func (t *transfer) endWhole() bool {
	t.judgeAnswer(t.held)
	if err := t.addDelivery(t.d, t.held, true); err != nil {
		return t.unstoredAnswer(err)
	}
	t.p.close() // before the answer leaves: the sender's next request may want it
	return t.respond(t.framed(), t.keep)
}

// framed is the whole answer as the sender gets it.
func (t *transfer) framed() []byte {
	out := outgoing{head: t.head(), framing: t.p.framing, body: t.held, trailer: t.passedTrailer()}
	if t.q.Minor == 0 {
		out.framing = http1.UntilClose
	}
	return frame(out)
}

// passedTrailer is the answer's trailer without what would be about framing. An app need not announce it.
func (t *transfer) passedTrailer() []http1.Field {
	return passedTrailer(&t.p.Head, t.p.body.Trailer())
}

func (t *transfer) judgeAnswer(body []byte) {
	a := provider.Answer{Status: t.p.Status, Fields: providerFields(&t.p.Head), Body: body}
	t.judge(t.d, a)
}

// endCut is the end of an answer that broke off before any of it was passed on: the sender gets a 502 instead of a
// part that looks whole.
func (t *transfer) endCut(err error) bool {
	var unsynced *storeError
	if errors.As(err, &unsynced) {
		return t.unstoredAnswer(err)
	}
	t.d.Error = cutText(err)
	t.d.Truncated = true
	t.judge(t.d, provider.Answer{Err: t.d.Error})
	if err := t.addDelivery(t.d, t.held, true); err != nil {
		return t.unstoredAnswer(err)
	}
	return t.answer(502, t.d.Error+"; the request is kept: devhook resend --failed delivers it later")
}

func cutText(err error) string {
	var bad *http1.Error
	if errors.As(err, &bad) {
		return "the app's answer is not HTTP: " + bad.Reason
	}
	return "the app closed the connection in the middle of its answer"
}

// endStream ends an answer of which something was passed on. What could not be passed on whole is aborted, so that
// the sender sees a cut and not an end.
func (t *transfer) endStream(err error) bool {
	t.p.unwatch()
	if err == nil && t.chunked != nil {
		err = t.chunked.Close(t.passedTrailer())
	}
	t.tape.end()
	if err != nil {
		t.cutStream(err)
	} else {
		t.judgeAnswer(t.tape.start)
	}
	if serr := t.addDelivery(t.d, nil, false); serr != nil {
		t.cfg.Log.Error("an answer that was passed on could not be recorded", "id", t.c.ID, "err", serr)
	}
	if err != nil {
		t.s.abort()
		return false
	}
	return t.s.finish(t.keep)
}

// cutStream notes whose fault it is that a stream did not come to its end.
func (t *transfer) cutStream(err error) {
	now := t.cfg.Now()
	gone := t.s.goneAfter(t.arrived, now)
	if left := (*leftError)(nil); gone == 0 && errors.As(err, &left) {
		gone = max(now.Sub(t.arrived), time.Millisecond)
	}
	t.d.Error = cutText(err)
	if gone > 0 {
		t.d.Error = fmt.Sprintf("sender gave up after %s", gone.Round(10*time.Millisecond))
	}
	t.judge(t.d, provider.Answer{Err: t.d.Error})
	t.d.SenderGone = gone
}
