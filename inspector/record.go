package inspector

import (
	"context"
	"errors"
	"fmt"

	"devhook/store"
	"devhook/tunnel/http1"
)

// A request is recorded under context.Background: that its sender left is no reason not to keep it.

// record commits the capture: safe against kill -9 from here on, and visible to everyone who watches.
func (x *exchange) record() error {
	if x.long {
		return x.rec.FinishArrival(context.Background(), x.c)
	}
	return x.rec.Add(context.Background(), x.c, x.body)
}

// A storeError is what the store said, told apart from what a connection said.
type storeError struct{ cause error }

func (e *storeError) Error() string { return e.cause.Error() }
func (e *storeError) Unwrap() error { return e.cause }

// sync returns when the capture is on disk.
func (x *exchange) sync() error {
	err := x.rec.Sync(context.Background())
	if err == nil {
		x.s.recorded()
	}
	return err
}

// again ends an exchange with a request that was handed over and recorded before: the app has had its chance. The relay
// may forget it once that is on disk.
func (x *exchange) again(before *store.ArrivedError) bool {
	if err := x.sync(); err != nil {
		return x.unstored(err)
	}
	x.c = nil
	x.cfg.Log.Debug("a request was handed over again that is recorded already", "id", before.CaptureID)
	return x.answer(200, "this request is recorded already", IDHeader+": "+before.CaptureID)
}

// unstored tells the sender to come back, and the developer that nothing is being kept.
func (x *exchange) unstored(err error) bool {
	if before, ok := errors.AsType[*store.ArrivedError](err); ok {
		return x.again(before)
	}
	x.cfg.Log.Error("a request could not be stored; the app was not called and the sender was asked to try again",
		"method", x.q.Method, "path", plainTarget(x.q.Target), "err", err)
	return x.answer(503, "this request could not be stored; please send it again", "Retry-After: 30")
}

// unstoredAnswer ends an exchange whose outcome can't be kept. It can't be acknowledged then, though the app has had it.
func (x *exchange) unstoredAnswer(err error) bool {
	x.cfg.Log.Error("the app got a request, but what it answered could not be stored; the sender was not given it",
		"id", x.c.ID, "method", x.q.Method, "path", plainTarget(x.q.Target), "err", err)
	return x.answer(503, "the app got this request, but its answer could not be stored")
}

// addDelivery stores an outcome. That the capture was forgotten in the meantime is its owner's wish and no fault.
func (x *exchange) addDelivery(d *store.Delivery, body []byte, durable bool) error {
	err := x.rec.AddDelivery(context.Background(), d, body, durable)
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	if err == nil && durable {
		x.s.recorded()
	}
	return err
}

// recordAndAnswer ends a request that does not go to the app: stored and on disk first, then answered.
func (x *exchange) recordAndAnswer(status int, text string) bool {
	if err := x.record(); err != nil {
		return x.unstored(err)
	}
	if err := x.sync(); err != nil {
		return x.unstored(err)
	}
	return x.answer(status, text)
}

// refuseBody ends a request whose body is not whole.
func (x *exchange) refuseBody(err error) bool {
	var fault *bodyError
	x.c.State = store.Incomplete
	if !errors.As(err, &fault) {
		x.c.Reason = "it could not be stored to its end"
		_ = x.record() // what came of it, if that can be stored by now
		return x.unstored(err)
	}
	x.c.Reason = fault.reason
	if x.late && x.cutOnTheWay(fault) {
		return x.leaveToRelay()
	}
	return x.recordAndAnswer(fault.status, fault.reason)
}

// cutOnTheWay reports whether the body of a held request is not whole because the tunnel broke or stalled.
func (x *exchange) cutOnTheWay(fault *bodyError) bool {
	select {
	case <-x.s.gone():
		return true
	default:
		return fault.status == 408
	}
}

// leaveToRelay forgets what came of a held request: the relay has it whole, and hands it over again.
func (x *exchange) leaveToRelay() bool {
	if x.long {
		if err := x.cfg.Store.DropBody(context.Background(), x.c.ID); err != nil {
			x.cfg.Log.Error("a part of a request could not be forgotten", "err", err)
		}
	}
	return false
}

// refuseHead ends a request whose head breaks the rules or was cut off. Whatever came of it is kept.
func (x *exchange) refuseHead(err error) bool {
	fault := &http1.Error{Status: 400, Reason: "cut off in the middle of its head"}
	state := store.Malformed
	switch {
	case errors.As(err, &fault):
	case isTimeout(err):
		fault = &http1.Error{Status: 408, Reason: fmt.Sprintf("its head took longer than %s", x.cfg.Limits.HeadFor)}
		state = store.Incomplete
	default:
		state = store.Incomplete
	}
	if len(x.q.Raw) == 0 {
		return false
	}
	x.c = x.newCapture(state)
	x.c.Reason = fault.Reason
	return x.recordAndAnswer(fault.Status, fault.Reason)
}

// answer sends one of devhook's own answers: a line of text that says what happened, and the capture's ID.
func (x *exchange) answer(status int, text string, lines ...string) bool {
	keep := x.whole && http1.KeepAlive(x.q.Minor, &x.q.Head)
	body := "devhook: " + text + "\n"
	b := fmt.Appendf(nil, "HTTP/1.1 %d %s\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\n",
		status, http1.StatusText(status), len(body))
	if x.c != nil {
		b = fmt.Appendf(b, "%s: %s\r\n", IDHeader, x.c.ID)
	}
	for _, l := range lines {
		b = append(append(b, l...), "\r\n"...)
	}
	b = append(append(b, connectionLine(keep, x.q.Minor)...), "\r\n"...)
	if x.q.Method != "HEAD" {
		b = append(b, body...)
	}
	return x.respond(b, keep)
}

// respond sends a whole answer in one write and ends the exchange.
func (x *exchange) respond(whole []byte, keep bool) bool {
	if _, err := x.s.Write(whole); err != nil {
		return false
	}
	return x.s.finish(keep)
}

// connectionLine says what becomes of the connection, where the version's default does not.
func connectionLine(keep bool, minor int) string {
	switch {
	case !keep:
		return "Connection: close\r\n"
	case minor == 0:
		return "Connection: keep-alive\r\n"
	}
	return ""
}
