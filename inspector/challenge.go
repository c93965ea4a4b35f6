package inspector

import (
	"fmt"
	"net/http"

	"devhook/inspector/provider"
	"devhook/store"
	"devhook/tunnel/http1"
)

// ByDevhook is the target of a delivery that never went to the app: devhook answered in its place.
const ByDevhook = "devhook"

// answerChallenge answers a handshake instead of the app. It is recorded like any other exchange, and the delivery says
// who answered. One that is refused is kept like what fails verification.
func (x *exchange) answerChallenge() bool {
	reply := x.shake.Reply
	whole := x.wholeAnswer(reply)
	if reply.Status >= http.StatusBadRequest {
		x.c.State = store.Refused
		if err := x.record(); err != nil {
			return x.unstored(err)
		}
		if err := x.sync(); err != nil {
			return x.unstored(err)
		}
		return x.respond(whole, x.keeps())
	}
	x.c.Delivering = true
	if err := x.record(); err != nil {
		return x.unstored(err)
	}
	head := whole[:len(whole)-len(x.bodyOf(reply))]
	d := &store.Delivery{
		ID: store.NewID(x.cfg.Now()), CaptureID: x.c.ID, Kind: store.Live, At: x.cfg.Now(), Target: ByDevhook,
		Status: reply.Status, Head: head,
	}
	x.judge(d, provider.Answer{Status: reply.Status, Fields: reply.Fields, Body: reply.Body})
	d.Notes = append([]string{"devhook answered this handshake in the app's place"}, d.Notes...)
	if err := x.addDelivery(d, x.bodyOf(reply), true); err != nil {
		return x.unstoredAnswer(err)
	}
	return x.respond(whole, x.keeps())
}

func (x *exchange) keeps() bool { return x.whole && http1.KeepAlive(x.q.Minor, &x.q.Head) }

// bodyOf is the reply's body as it goes over the wire.
func (x *exchange) bodyOf(r *provider.Reply) []byte {
	if x.q.Method == http.MethodHead {
		return nil
	}
	return r.Body
}

// wholeAnswer writes a reply out. Its values come from the request: what can't stand in a header line is left out.
func (x *exchange) wholeAnswer(r *provider.Reply) []byte {
	b := fmt.Appendf(nil, "HTTP/1.1 %d %s\r\n", r.Status, http1.StatusText(r.Status))
	for _, f := range r.Fields {
		if http1.ValidField(f.Name, f.Value) {
			b = fmt.Appendf(b, "%s: %s\r\n", f.Name, f.Value)
		}
	}
	if r.Status != http.StatusNoContent { // which has no body, and may not say so
		b = fmt.Appendf(b, "Content-Length: %d\r\n", len(r.Body))
	}
	b = fmt.Appendf(b, "%s: %s\r\n%s\r\n", IDHeader, x.c.ID, connectionLine(x.keeps(), x.q.Minor))
	return append(b, x.bodyOf(r)...)
}
