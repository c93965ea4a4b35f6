package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"
)

// watchEvery is how soon changes by other processes are seen. A look is two
// steps down a tree.
const watchEvery = 150 * time.Millisecond

// watchPause is between two looks of one watcher. The first change after a quiet
// moment is seen at once; in a rush each look brings many, for the price of one.
const watchPause = 20 * time.Millisecond

// watchPage is how many changes are read at a time, and as many may wait for a
// reader.
const watchPage = 100

// Position is a place in the order of changes: after the capture, the delivery
// and the conclusion of these sequence numbers. The zero value means "from now".
type Position struct{ Capture, Delivery, Conclusion int64 }

// String writes a position for ParsePosition: "12-7-3".
func (p Position) String() string {
	if p.Conclusion < 0 {
		return fmt.Sprintf("%d-%d", p.Capture, p.Delivery)
	}
	return fmt.Sprintf("%d-%d-%d", p.Capture, p.Delivery, p.Conclusion)
}

func (p *Position) dest() []any { return []any{&p.Capture, &p.Delivery, &p.Conclusion} }

// ParsePosition reads what String wrote, and "12-7" as it was before there were
// conclusions: those are watched from now on then.
func ParsePosition(s string) (Position, error) {
	var p Position
	// An error is what is missing or wrong, and String would not write it.
	if n, _ := fmt.Sscanf(s, "%d-%d-%d", p.dest()...); n == 2 {
		p.Conclusion = -1
	}
	if p.Capture < 0 || p.Delivery < 0 || p.String() != s {
		return Position{}, fmt.Errorf(`store: position %q: want one like "12-7-3"`, s)
	}
	return p, nil
}

// The kinds of change.
const (
	ChangeRequest    = "request"
	ChangeDelivery   = "delivery"
	ChangeConclusion = "conclusion"
)

// Change is one new capture, one new delivery, or something new about a capture:
// another verdict, a pin, a note. The capture is as it stands now. All are as in
// lists: without heads and bodies.
type Change struct {
	Kind     string // ChangeRequest, ChangeDelivery or ChangeConclusion
	Capture  *Capture
	Delivery *Delivery // nil unless it is one
	At       Position  // resume after this change
}

// Watch sends every change after from, also those that other processes make,
// each once and a capture before its deliveries. What is concluded of a capture
// comes after both, and once where it changed several times in a row; only the
// latest 10,000 are kept. A reader may be slow: it is
// waited for, the writer is not held up, and nothing is left out. The channel
// closes when ctx ends or the store closes. A position that this database has
// not reached is taken for one of another file: watching starts now.
func (db *DB) Watch(ctx context.Context, from Position) (<-chan Change, error) {
	var given Position // ever given, also to what was deleted since
	err := db.read.row(ctx, given.dest(), `SELECT
		coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'captures'), 0),
		coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'deliveries'), 0),
		coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'conclusions'), 0)`)
	if err != nil {
		return nil, fail("watch", db.path, err)
	}
	if from == (Position{}) || from.Capture > given.Capture || from.Delivery > given.Delivery || from.Conclusion > given.Conclusion {
		from = given
	}
	if from.Conclusion < 0 {
		from.Conclusion = given.Conclusion
	}
	ctx, stop := context.WithCancel(ctx)
	wake, leave, err := db.hub.join(stop)
	if err != nil {
		stop()
		return nil, fail("watch", db.path, err)
	}
	w := &watcher{db: db, at: from, out: make(chan Change, watchPage)}
	go func() {
		defer close(w.out)
		defer stop()
		defer leave()
		w.run(ctx, wake)
	}()
	return w.out, nil
}

type watcher struct {
	db  *DB
	at  Position
	out chan Change
}

func (w *watcher) run(ctx context.Context, wake <-chan struct{}) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		select {
		case <-pause.C:
		case <-ctx.Done():
			return
		}
		// An error here is a busy or broken disk: the next look may do better,
		// and whoever writes is told.
		if err := w.catchUp(ctx); err != nil && ctx.Err() == nil {
			w.db.log.Debug("store: a watcher could not read", "error", err)
		}
		pause.Reset(watchPause)
		select {
		case <-wake:
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// catchUp sends all changes there are. The bounds are read in one statement:
// what lies below them is whole, each delivery's capture included.
func (w *watcher) catchUp(ctx context.Context) error {
	var to Position
	err := w.db.read.row(ctx, to.dest(), `SELECT coalesce((SELECT max(seq) FROM captures), 0),
		coalesce((SELECT max(seq) FROM deliveries), 0), coalesce((SELECT max(seq) FROM conclusions), 0)`)
	if err != nil {
		return err
	}
	for w.at.Capture < to.Capture || w.at.Delivery < to.Delivery {
		if err := w.page(ctx, to); err != nil {
			return err
		}
	}
	for w.at.Conclusion < to.Conclusion {
		if err := w.conclusions(ctx, to.Conclusion); err != nil {
			return err
		}
	}
	return nil
}

// conclusions sends the next page of them up to a bound. Of several on one
// capture the last tells all.
func (w *watcher) conclusions(ctx context.Context, to int64) error {
	found, err := all(ctx, w.db.read, scanConclusion, "SELECT "+captureColumns+`, x.seq
		FROM conclusions x JOIN captures c ON c.seq = x.capture
		LEFT JOIN deliveries l ON l.capture = c.seq AND l.n = c.deliveries
		WHERE x.seq > ? AND x.seq <= ? ORDER BY x.seq`+limit(watchPage), w.at.Conclusion, to)
	if err != nil {
		return err
	}
	last := map[int64]int64{}
	for _, c := range found {
		last[c.Capture.Seq] = c.At.Conclusion
	}
	for _, c := range found {
		w.at.Conclusion = c.At.Conclusion
		if last[c.Capture.Seq] > w.at.Conclusion {
			continue
		}
		c.At = w.at
		if err := w.send(ctx, c); err != nil {
			return err
		}
	}
	if len(found) < watchPage {
		w.at.Conclusion = to // what is missing was deleted
	}
	return nil
}

func scanConclusion(scan scanner) (Change, error) {
	x := Change{Kind: ChangeConclusion}
	var err error
	x.Capture, err = scanCapture(scan, &x.At.Conclusion)
	return x, err
}

// page sends the next page of captures and of deliveries up to a bound, as they
// happened: a delivery after its own capture, and before one that came later.
func (w *watcher) page(ctx context.Context, to Position) error {
	captures, err := all(ctx, w.db.read, scanListed, "SELECT "+captureColumns+capturesWithLast+
		"WHERE c.seq > ? AND c.seq <= ? ORDER BY c.seq"+limit(watchPage), w.at.Capture, to.Capture)
	if err != nil {
		return err
	}
	deliveries, lastDeliveries, err := w.deliveries(ctx, captures, to.Delivery)
	if err != nil {
		return err
	}
	lastCaptures := len(captures) < watchPage
	for len(captures) > 0 {
		if len(deliveries) > 0 && w.before(deliveries[0], captures[0]) {
			err, deliveries = w.sendDelivery(ctx, deliveries[0]), deliveries[1:]
		} else {
			err, captures = w.sendCapture(ctx, captures[0]), captures[1:]
		}
		if err != nil {
			return err
		}
	}
	if !lastCaptures {
		return nil // what follows may belong before the deliveries that are left
	}
	w.at.Capture = to.Capture // what is missing was deleted
	for _, d := range deliveries {
		if err := w.sendDelivery(ctx, d); err != nil {
			return err
		}
	}
	if lastDeliveries {
		w.at.Delivery = to.Delivery
	}
	return nil
}

// deliveries are the next ones up to a bound, in order; last says that there are
// no more. The latest of each capture was read with it, in a rush that is most of
// them: only the others are asked for.
func (w *watcher) deliveries(ctx context.Context, captures []*Capture, to int64) (found []Change, last bool, err error) {
	if len(captures) == watchPage {
		if to, err = w.until(ctx, captures[watchPage-1], to); err != nil {
			return nil, false, err
		}
	}
	found, err = all(ctx, w.db.read, scanDeliveryChange, "SELECT "+captureColumns+", "+deliveryColumns+`
		FROM deliveries d JOIN captures c ON c.seq = d.capture
		LEFT JOIN deliveries l ON l.capture = c.seq AND l.n = c.deliveries
		WHERE d.seq > ? AND d.seq <= ? AND (c.seq <= ? OR d.n < c.deliveries) ORDER BY d.seq`+limit(watchPage),
		w.at.Delivery, to, w.at.Capture)
	if err != nil {
		return nil, false, err
	}
	if last = len(found) < watchPage; !last {
		to = found[len(found)-1].Delivery.Seq
	}
	for _, c := range captures {
		if c.Last != nil && c.Last.Seq > w.at.Delivery && c.Last.Seq <= to {
			found = append(found, Change{Kind: ChangeDelivery, Capture: c, Delivery: c.Last})
		}
	}
	order := func(a, b Change) int { return cmp.Compare(a.Delivery.Seq, b.Delivery.Seq) }
	slices.SortStableFunc(found, order)
	// One that was the latest a moment ago, and is no more, comes from both.
	return slices.CompactFunc(found, func(a, b Change) bool { return order(a, b) == 0 }), last, nil
}

// until lowers the bound of a page's deliveries: it lies before the first one of a
// capture that comes on a later page, or else that would be passed over.
func (w *watcher) until(ctx context.Context, last *Capture, to int64) (bound int64, err error) {
	err = w.db.read.row(ctx, []any{&bound}, `SELECT coalesce(min(CASE WHEN capture > ?3 THEN seq - 1 END),
			CASE count(*) WHEN ?4 THEN max(seq) ELSE ?2 END)
		FROM (SELECT seq, capture FROM deliveries WHERE seq > ?1 AND seq <= ?2 ORDER BY seq`+limit(watchPage)+")",
		w.at.Delivery, to, last.Seq, watchPage)
	return bound, err
}

// before says whether a delivery ended before a capture came. Its own capture
// was sent.
func (w *watcher) before(d Change, c *Capture) bool {
	ended := d.Delivery.At.Add(d.Delivery.Duration)
	return d.Capture.Seq <= w.at.Capture && !ended.After(c.ReceivedAt)
}

func (w *watcher) sendCapture(ctx context.Context, c *Capture) error {
	w.at.Capture = c.Seq
	return w.send(ctx, Change{Kind: ChangeRequest, Capture: c, At: w.at})
}

func (w *watcher) sendDelivery(ctx context.Context, d Change) error {
	w.at.Delivery = d.Delivery.Seq
	d.At = w.at
	return w.send(ctx, d)
}

func scanDeliveryChange(scan scanner) (Change, error) {
	r := &deliveryRow{d: &Delivery{}}
	c, err := scanCapture(scan, r.dest()...)
	if err != nil {
		return Change{}, err
	}
	return Change{Kind: ChangeDelivery, Capture: c, Delivery: r.delivery(c.ID)}, nil
}

func (w *watcher) send(ctx context.Context, c Change) error {
	select {
	case w.out <- c:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
