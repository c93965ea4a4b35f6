package inspector

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"devhook/inspector/provider"
	"devhook/store"
	"devhook/tunnel/http1"
)

// A lane delivers what is held at one place.
type lane struct {
	*Inspector
	at    store.Place
	more  chan struct{} // something came
	open  bool          // a connection to the app was made: it is there
	fault string        // of the store, as it was told last
}

// run delivers one after another until nothing is left, or ctx ends.
func (l *lane) run(ctx context.Context) {
	for ctx.Err() == nil {
		for len(l.more) > 0 {
			<-l.more // before looking
		}
		w, err := l.cfg.Store.NextHeld(ctx, l.cfg.Instance, l.at)
		switch {
		case errors.Is(err, store.ErrNotFound), errors.Is(err, store.ErrClosed):
			return
		case err != nil:
			l.complain(ctx, err)
		case !l.due(w):
			l.rest(ctx, w)
		default:
			l.try(ctx, w)
		}
	}
}

// due says whether the next one is to be tried now.
func (l *lane) due(w *store.Waiting) bool {
	switch {
	case l.appAt(w.App) == nil:
		return false // adopt gives it up
	case w.Urgent:
		return true
	case !w.Paused.IsZero():
		return false
	}
	left := w.Next.Sub(l.cfg.Now())
	return l.open || left <= 0 || left > 2*lastPause // then the clock was set back
}

// rest waits a little, for the app above all.
func (l *lane) rest(ctx context.Context, w *store.Waiting) {
	app := l.appAt(w.App)
	if app == nil || !w.Paused.IsZero() {
		pause(ctx, lookEvery, nil)
		return
	}
	opened := app.awaitOpened()
	app.knock(ctx)
	pause(ctx, lookEvery, opened)
	select {
	case <-opened:
		l.open = true
	default:
	}
}

// pause waits for d, or until ctx or end does.
func pause(ctx context.Context, d time.Duration, end <-chan struct{}) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-end:
	case <-ctx.Done():
	}
}

// complain tells of a store that can't be used, once for each fault, and waits before it is tried again.
func (l *lane) complain(ctx context.Context, err error) {
	if ctx.Err() == nil && err.Error() != l.fault {
		l.fault = err.Error()
		l.cfg.Log.Error("what is held can't be delivered now", "app", l.at.App, "err", err)
	}
	pause(ctx, lookEvery, nil)
}

// backoff is how long to wait after so many tries in vain, a quarter more or less.
func backoff(tries int) time.Duration {
	d := lastPause
	if tries < 6 {
		d = min(d, firstPause<<tries)
	}
	return d*3/4 + rand.N(d/2)
}

// try hands the oldest to the app, if it takes a connection. Until a byte of the request has left nothing has happened:
// the request waits for another try. From then on whatever comes is its end.
func (l *lane) try(ctx context.Context, w *store.Waiting) {
	if !l.begin() {
		pause(ctx, lookEvery, nil) // ctx ends soon
		return
	}
	defer l.work.Done()
	l.open = false
	r, err := l.prepareHeld(ctx, w)
	if isUnsendable(err) {
		l.giveUp(ctx, w, err)
		return
	}
	if err != nil {
		l.postpone(ctx, w, err)
		return
	}
	dialled, cancel := context.WithTimeout(ctx, dialFor)
	conn, err := r.app.connect(dialled)
	cancel()
	if err == nil && !r.app.stays(conn) {
		conn.close()
		err = errLeft
	}
	if err != nil {
		l.postpone(ctx, w, err)
		return
	}
	err = l.cfg.Store.BeginHeld(ctx, w)
	switch {
	case errors.Is(err, store.ErrNotFound): // cancelled or forgotten meanwhile
		r.app.keep(conn)
	case err != nil:
		r.app.keep(conn)
		l.complain(ctx, err)
	default:
		_ = l.hand(context.WithoutCancel(ctx), w, r, conn)
	}
}

// errLeft is why a request waits on that was not written to a connection.
var errLeft = errors.New("the app closed the connection before the request")

// prepareHeld makes the request ready to go.
func (l *lane) prepareHeld(ctx context.Context, w *store.Waiting) (*replay, error) {
	c, err := l.cfg.Store.Capture(ctx, w.ID)
	if err != nil {
		return nil, err
	}
	q, err := http1.ParseRequest(c.Head)
	if err != nil {
		return nil, err
	}
	r := &replay{Inspector: l.Inspector, c: c, app: l.appAt(w.App), held: true}
	if err := r.compose(ctx, q, Edit{}); err != nil {
		return nil, err
	}
	if c.Instance != l.cfg.Instance && l.cfg.Adopted != nil {
		l.cfg.Adopted(c.ID)
	}
	return r, nil
}

// isUnsendable says that what is recorded makes no request by the rules there are now, and never will.
func isUnsendable(err error) bool {
	_, bad := errors.AsType[*http1.Error](err)
	return bad || errors.Is(err, ErrBadEdit)
}

// giveUp makes a failed delivery of what can't be sent, so that what is behind it has its turn.
func (l *lane) giveUp(ctx context.Context, w *store.Waiting, why error) {
	switch err := l.cfg.Store.BeginHeld(ctx, w); {
	case errors.Is(err, store.ErrNotFound):
		return
	case err != nil:
		l.complain(ctx, err)
		return
	}
	d := &store.Delivery{CaptureID: w.ID, Kind: store.Live, At: l.cfg.Now(), Target: w.App, Error: "it can't be sent: " + why.Error(), Notes: []string{store.HeldNote}}
	l.insist(func() error { return l.cfg.Store.AddDelivery(context.WithoutCancel(ctx), d, nil, false) })
}

// postpone notes a try in vain.
func (l *lane) postpone(ctx context.Context, w *store.Waiting, why error) {
	if ctx.Err() != nil {
		return // it was cut short by our end
	}
	err := l.cfg.Store.Postpone(ctx, w.ID, l.cfg.Now().Add(backoff(w.Tries)), why.Error())
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		l.complain(ctx, err)
	}
}

// hand sends a request that was taken out of its queue, and stores what came of it. An error says why it waits again: no byte
// of it left.
func (l *lane) hand(ctx context.Context, w *store.Waiting, r *replay, conn *appConn) error {
	l.inFlight.Store(w.ID, nil)
	defer l.inFlight.Delete(w.ID)
	if leftAlone(conn.Conn) {
		conn.close()
		r.app.noteEnd(false)
		return l.putBack(w, errLeft)
	}
	r.d.Kind, r.d.At = store.Live, l.cfg.Now()
	r.d.ID = store.NewID(r.d.At)
	bounded, cancel := ctx, context.CancelFunc(func() {})
	if r.app.opts.Timeout > 0 {
		bounded, cancel = context.WithTimeout(ctx, r.app.opts.Timeout)
	}
	p, err := r.app.over(bounded, conn, r.out, nil)
	cancel()
	r.app.noteEnd(conn.heard)
	if err != nil && conn.wrote.Load() == 0 && !isUnread(err) {
		return l.putBack(w, err)
	}
	answer := r.outcome(p, err)
	if err != nil && !conn.heard && conn.wrote.Load() > 0 {
		r.unknown()
	}
	l.insist(func() error { return l.cfg.Store.AddDelivery(context.WithoutCancel(ctx), r.d, answer, false) })
	return nil
}

// putBack has a request wait again of which no byte left, and gives why.
func (l *lane) putBack(w *store.Waiting, why error) error {
	w.Tries, w.Next, w.Urgent, w.Why = w.Tries+1, l.cfg.Now().Add(backoff(w.Tries)), false, why.Error()
	l.insist(func() error { return l.cfg.Store.PutBack(context.Background(), w) })
	return why
}

// insist writes down what has happened, as soon as the store can.
func (l *lane) insist(write func() error) {
	for {
		err := write()
		if err == nil || errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrClosed) {
			return
		}
		l.complain(context.Background(), err)
	}
}

// unknown says that the app got the request and nobody knows what became of it. Why stands in the judgement.
func (r *replay) unknown() {
	r.d.Judgement, r.d.Error = r.d.Error, store.OutcomeUnknown
}

// heldNotes say what is different about a delivery whose sender had its answer before.
func (r *replay) heldNotes(a provider.Answer) []string {
	notes := []string{store.HeldNote}
	if r.by.Asks != "" && a.Err == "" && len(a.Body) > 0 {
		notes = append(notes, r.by.Title+" never gets this answer: it would have taken "+r.by.Asks+" from it")
	}
	return notes
}
