package store

import "context"

// failed is the condition on a capture c that Capture.Failed and Filter.Failed
// speak of. A retry of the same event that was accepted once settles it, even
// if a later replay of that retry was not.
const failed = `(c.state = 'complete' AND c.accepted = 0 AND c.instance <> '` + Imported + `' AND NOT (c.dedupe_key <> '' AND EXISTS
	(SELECT 1 FROM captures d WHERE d.dedupe_key = c.dedupe_key AND d.dedupe_key <> ''
		AND d.provider = c.provider AND d.seq > c.seq AND d.accepted_once = 1)))`

// captureColumns are read by scanCapture; l is the latest delivery.
const captureColumns = `c.seq, c.id, c.received_at, c.state, c.method, c.target, c.host, c.proto,
	c.public_url, c.remote_addr, c.framing, c.body_size, c.body_sha256, c.instance, c.app,
	c.provider, c.event, c.event_id, c.dedupe_key, c.verdict, c.reason, c.hints, c.checks,
	c.duplicate_of, c.delivering <> '', c.pinned, c.note, ` + failed + `, c.deliveries,
	coalesce(l.seq, 0), coalesce(l.id, ''), coalesce(l.n, 0), coalesce(l.kind, ''), coalesce(l.at, 0),
	coalesce(l.target, ''), coalesce(l.edited, 0), coalesce(l.resigned, ''), coalesce(l.status, 0),
	coalesce(l.error, ''), coalesce(l.duration, 0), coalesce(l.accepted, 0), coalesce(l.judgement, ''),
	coalesce(l.notes, ''), coalesce(l.body_size, 0), coalesce(l.truncated, 0), coalesce(l.sender_gone, 0)`

const capturesWithLast = ` FROM captures c LEFT JOIN deliveries l ON l.capture = c.seq AND l.n = c.deliveries `

// deliveryColumns are read by scanDelivery.
const deliveryColumns = `d.seq, d.id, d.n, d.kind, d.at, d.target, d.edited, d.resigned, d.status,
	d.error, d.duration, d.accepted, d.judgement, d.notes, d.body_size, d.truncated, d.sender_gone`

// scanCapture reads captureColumns, and what follows them into more.
func scanCapture(scan scanner, more ...any) (*Capture, error) {
	c, l := &Capture{}, &deliveryRow{d: &Delivery{}}
	var received int64
	var hints, checks string
	dest := append([]any{
		&c.Seq, &c.ID, &received, &c.State, &c.Method, &c.Target, &c.Host, &c.Proto,
		&c.PublicURL, &c.RemoteAddr, &c.Framing, &c.BodySize, &c.BodySHA256, &c.Instance, &c.App,
		&c.Provider, &c.Event, &c.EventID, &c.DedupeKey, &c.Verdict, &c.Reason, &hints, &checks,
		&c.DuplicateOf, &c.Delivering, &c.Pinned, &c.Note, &c.Failed, &c.DeliveriesCount,
	}, l.dest()...)
	if err := scan(append(dest, more...)...); err != nil {
		return nil, err
	}
	c.ReceivedAt = fromNanos(received)
	c.Hints, c.Checks = unlist[string](hints), unlist[Check](checks)
	if l.d.ID != "" {
		c.Last = l.delivery(c.ID)
	}
	return c, nil
}

// deliveryRow holds deliveryColumns while they are read.
type deliveryRow struct {
	d        *Delivery
	at       int64
	resigned string
	notes    string
}

func (r *deliveryRow) dest() []any {
	d := r.d
	return []any{
		&d.Seq, &d.ID, &d.N, &d.Kind, &r.at, &d.Target, &d.Edited, &r.resigned, &d.Status,
		&d.Error, (*int64)(&d.Duration), &d.Accepted, &d.Judgement, &r.notes, &d.BodySize, &d.Truncated,
		(*int64)(&d.SenderGone),
	}
}

func (r *deliveryRow) delivery(capture string) *Delivery {
	r.d.CaptureID, r.d.At = capture, fromNanos(r.at)
	r.d.Resigned, r.d.Notes = unlist[string](r.resigned), unlist[string](r.notes)
	return r.d
}

// Capture reads one capture with its head and trailer.
func (db *DB) Capture(ctx context.Context, id string) (*Capture, error) {
	c, err := one(ctx, db.read, scanWhole, "SELECT "+captureColumns+", p.head, p.trailer"+capturesWithLast+
		"JOIN payloads p ON p.capture = c.seq WHERE c.id = ?", id)
	return c, fail("read", id, err)
}

func scanWhole(scan scanner) (*Capture, error) {
	var head, trailer []byte
	c, err := scanCapture(scan, &head, &trailer)
	if err != nil {
		return nil, err
	}
	c.Head, c.Trailer = some(head), some(trailer)
	return c, nil
}

func scanListed(scan scanner) (*Capture, error) { return scanCapture(scan) }

// some is nil for no bytes: a column that may not be NULL cannot say it.
func some(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return b
}

const wholeDelivery = "SELECT " + deliveryColumns + `, d.head, d.request, d.request_body, d.request_body IS NULL, c.id
	FROM deliveries d JOIN captures c ON c.seq = d.capture `

// Delivery reads one delivery whole; its answer's body comes from Body.
func (db *DB) Delivery(ctx context.Context, id string) (*Delivery, error) {
	d, err := one(ctx, db.read, scanDelivery, wholeDelivery+"WHERE d.id = ?", id)
	return d, fail("read delivery", id, err)
}

// Deliveries reads all of a capture, the first one first. A replay under way
// is not among them.
func (db *DB) Deliveries(ctx context.Context, captureID string) ([]*Delivery, error) {
	found, err := all(ctx, db.read, scanDelivery, wholeDelivery+"WHERE c.id = ? ORDER BY d.n", captureID)
	return found, fail("read deliveries of", captureID, err)
}

func scanDelivery(scan scanner) (*Delivery, error) {
	r := &deliveryRow{d: &Delivery{}}
	var head, request, body []byte
	var same bool
	var capture string
	if err := scan(append(r.dest(), &head, &request, &body, &same, &capture)...); err != nil {
		return nil, err
	}
	d := r.delivery(capture)
	d.Head, d.Request, d.RequestBody = some(head), request, body
	if body == nil && !same {
		d.RequestBody = []byte{} // edited to nothing; the driver reads that as nil
	}
	return d, nil
}
