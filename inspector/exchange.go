package inspector

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"devhook/inspector/provider"
	"devhook/store"
	"devhook/tunnel/http1"
)

// An exchange is one request on its way to the app and back.
type exchange struct {
	*Inspector
	s       *sender
	q       *http1.Request
	c       *store.Capture
	arrived time.Time // at the relay, if that has held it since
	late    bool      // that is so: its sender has its answer

	body    []byte        // the whole body, when it is short; a long one where memory is left for it
	long    bool          // it lies in the store, in pieces
	copied  *bodyCopy     // and in memory; nil: it doesn't
	letGone bool          // by letGo
	whole   bool          // it was read to its end: what follows on the connection is another request
	trailer []http1.Field // as they came

	asked    *provider.Request // what the provider was shown, without a long body
	provider *provider.Provider
	route    *Route // nil: none claims the request
	app      *App   // where it goes, once its route is known
	shake    *provider.Handshake
}

// probePath is where the round trip through the public address is asked for; the nonce follows. Nothing below it is for
// the app: a relay that asks callers for a password lets such requests pass without.
const probePath = "/_devhook/probe/"

// serveOne takes one request off the connection and leads it to its end. It reports whether another may follow.
func (i *Inspector) serveOne(s *sender) bool {
	if !i.await(s) {
		return false
	}
	s.sent = 0
	s.ended.Store(false)
	q, err := s.r.ReadRequest(i.cfg.Limits.Head)
	if errors.Is(err, io.EOF) {
		return false
	}
	s.calm()
	x := &exchange{Inspector: i, s: s, q: q, arrived: i.cfg.Now(), app: i.cfg.App}
	if since := s.held(); !since.IsZero() {
		x.arrived, x.late = since, true
	}
	if q == nil {
		return false // cut before there was anything to record
	}
	if reason := s.malformed(); err == nil && reason != "" {
		err = &http1.Error{Status: 400, Reason: reason}
	}
	if err == nil && q.HostDiffers() {
		err = &http1.Error{Status: 421, Reason: "the address in its first line and its Host line differ"}
	}
	if err != nil {
		return x.refuseHead(err)
	}
	if x.isProbe() {
		return x.answerProbe()
	}
	return x.run()
}

func (x *exchange) isProbe() bool {
	nonce, ok := strings.CutPrefix(x.q.Target, probePath)
	f, _ := x.q.Framing()
	return ok && x.cfg.Probe != "" && nonce == x.cfg.Probe && x.q.Method == "GET" && f == http1.None
}

func (x *exchange) answerProbe() bool {
	keep := http1.KeepAlive(x.q.Minor, &x.q.Head)
	head := fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n", len(x.cfg.Probe))
	return x.respond([]byte(head+connectionLine(keep, x.q.Minor)+"\r\n"+x.cfg.Probe), keep)
}

// run is the road of a request whose head is in order.
func (x *exchange) run() bool {
	defer x.letGo()
	x.c = x.newCapture(store.Complete)
	if err := x.receive(); err != nil {
		return x.refuseBody(err)
	}
	if x.loops() {
		x.c.State = store.Refused
		x.c.Reason = "this is a request that the app sent back to its own public address"
		return x.recordAndAnswer(508, x.c.Reason)
	}
	if strings.HasPrefix(x.q.Target, probePath) {
		x.c.State = store.Refused
		x.c.Reason = "this path is devhook's own, and this is no round trip of ours"
		return x.recordAndAnswer(404, x.c.Reason)
	}
	x.conclude()
	if x.cfg.AnswerChallenges && x.shake != nil && x.shake.Reply != nil {
		return x.answerChallenge()
	}
	if x.rejected() {
		x.c.State = store.Refused
		return x.recordAndAnswer(403, "the webhook is not proven: "+x.c.Reason)
	}
	if a := x.held(); a != nil {
		return x.hold(a)
	}
	x.c.Delivering = true
	if err := x.record(); err != nil {
		return x.unstored(err)
	}
	x.inFlight.Store(x.c.ID, nil)
	defer x.inFlight.Delete(x.c.ID)
	return x.deliver()
}

// letGo ends the exchange's use of a long body in memory. Who is still sending it to the app has a use of its own.
func (x *exchange) letGo() {
	if x.long && !x.letGone {
		x.letGone, x.body = true, nil
		x.copied.release()
	}
}

// loops reports whether the app has this very request at the moment and called its own public address with it.
func (x *exchange) loops() bool {
	for _, id := range x.q.Values(IDHeader) {
		if _, ok := x.inFlight.Load(id); ok {
			return true
		}
	}
	return false
}

func (x *exchange) newCapture(st store.State) *store.Capture {
	q := x.q
	c := &store.Capture{
		ID: store.NewID(x.arrived), ReceivedAt: x.arrived, State: st,
		Method: q.Method, Target: q.Target, Proto: q.Proto, Host: q.Get("Host"),
		Head: q.Raw, Verdict: store.Unchecked,
		Instance: x.cfg.Instance, App: x.app.URL(),
		PublicURL: x.publicURL(), ArrivalID: x.s.repeated(),
	}
	c.RemoteAddr = x.caller(x.s.RemoteAddr(), &q.Head)
	return c
}

// publicURL is the address the sender called: the public base and the target as it came.
func (x *exchange) publicURL() string {
	t := x.q.Target
	if strings.HasPrefix(t, "http://") || strings.HasPrefix(t, "https://") {
		return t
	}
	base := strings.TrimRight(x.cfg.PublicURL(), "/")
	if base == "" {
		base = x.s.base(x.q.Get("Host"))
	}
	if !strings.HasPrefix(t, "/") {
		return base
	}
	return base + t
}

// conclude asks the provider what the request is and whether it is proven.
//
// Long bodies that have to be read back are looked at one at a time and let go of at once, so that many of them cost the memory
// of one.
func (x *exchange) conclude() {
	if x.long {
		x.reading <- struct{}{}
		defer func() {
			x.asked.Body, x.asked.BodyTruncated = nil, true
			<-x.reading
		}()
	}
	x.asked = x.request()
	x.route, x.provider = x.pick(x.asked)
	x.app = x.appFor(x.route)
	x.c.App = x.app.URL()
	if x.asked.BodyTruncated && x.provider.Name == "" {
		x.c.Reason = "the body is too long to be looked at"
		return
	}
	x.shake = x.judgeInto(x.c, x.asked, x.route, x.provider)
}

// rejected reports whether what failed verification is to be kept from the app. What has a secret, or a sender proven by
// its address, and could not be checked has failed: or else a body too long to be checked would be a way past it.
func (x *exchange) rejected() bool {
	rejects := x.rejects.Load()
	if x.route != nil {
		rejects = x.route.RejectInvalid
	}
	if !rejects {
		return false
	}
	switch x.c.Verdict {
	case store.Invalid, store.Missing:
		return true
	case store.Unchecked:
		return x.route != nil && x.route.proves()
	}
	return false
}

// request is the capture as a provider sees it.
func (x *exchange) request() *provider.Request {
	q := asked(x.c, &x.q.Head)
	q.Body = x.body
	if x.long && x.body == nil {
		q.Body, q.BodyTruncated = x.readBack(x.c)
	}
	return q
}
