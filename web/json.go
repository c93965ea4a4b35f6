package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"time"
	"unicode/utf8"

	"devhook/inspector/export"
	"devhook/store"
)

// jsonBody is how much of a body is put into JSON, in bytes; longer ones say "truncated" and are had at /body.
const jsonBody = 32 << 20

type captureObject struct {
	ID              string          `json:"id"`
	ReceivedAt      string          `json:"received_at"`
	State           store.State     `json:"state"`
	Method          string          `json:"method"`
	Target          string          `json:"target"`
	Host            string          `json:"host"`
	Proto           string          `json:"proto"`
	PublicURL       string          `json:"public_url"`
	RemoteAddr      string          `json:"remote_addr"`
	Provider        string          `json:"provider"`
	Event           string          `json:"event"`
	EventID         string          `json:"event_id"`
	DuplicateOf     *string         `json:"duplicate_of"`
	Verdict         store.Verdict   `json:"verdict"`
	Reason          string          `json:"reason"`
	Hints           []string        `json:"hints"`
	BodySize        int64           `json:"body_size"`
	BodySHA256      string          `json:"body_sha256"`
	Pinned          bool            `json:"pinned"`
	Note            string          `json:"note,omitempty"`
	Failed          bool            `json:"failed"`
	DeliveriesCount int             `json:"deliveries_count"`
	LastDelivery    *deliveryObject `json:"last_delivery"`
}

type deliveryObject struct {
	ID           string     `json:"id"`
	CaptureID    string     `json:"capture_id"`
	Kind         store.Kind `json:"kind"`
	At           string     `json:"at"`
	Target       string     `json:"target"`
	Status       *int       `json:"status"`
	Error        *string    `json:"error"`
	DurationMS   float64    `json:"duration_ms"`
	Accepted     bool       `json:"accepted"`
	Judgement    string     `json:"judgement"`
	Notes        []string   `json:"notes,omitempty"`
	Edited       bool       `json:"edited,omitempty"`
	Resigned     []string   `json:"resigned,omitempty"`
	ResponseSize int64      `json:"response_size"`
	Truncated    bool       `json:"truncated,omitempty"`
}

type fullObject struct {
	captureObject
	Head       string           `json:"head"`
	Headers    [][2]string      `json:"headers"`
	Trailers   [][2]string      `json:"trailers,omitempty"`
	Body       bodyObject       `json:"body"`
	Deliveries []deliveryInFull `json:"deliveries"`
}

type deliveryInFull struct {
	deliveryObject
	Head    string      `json:"head"`
	Headers [][2]string `json:"headers"`
	Body    bodyObject  `json:"body"`
}

// bodyObject holds text when the bytes are UTF-8 and base64 when they aren't.
type bodyObject struct {
	Text      *string `json:"text,omitempty"`
	Base64    []byte  `json:"base64,omitempty"`
	Truncated bool    `json:"truncated,omitempty"`
}

// CaptureJSON is the capture object of the API, of events and of the CLI's --json. Credentials in its addresses are
// masked by m; a nil m shows them.
func CaptureJSON(c *store.Capture, m *export.Mask) any { return captureOf(c, m) }

func captureOf(c *store.Capture, m *export.Mask) captureObject {
	o := captureObject{
		ID: c.ID, ReceivedAt: stamp(c.ReceivedAt), State: c.State,
		Method: c.Method, Target: m.Target(c.Target), Host: c.Host, Proto: c.Proto,
		PublicURL: m.Target(c.PublicURL), RemoteAddr: c.RemoteAddr,
		Provider: c.Provider, Event: c.Event, EventID: c.EventID, DuplicateOf: orNull(c.DuplicateOf),
		Verdict: c.Verdict, Reason: c.Reason, Hints: c.Hints,
		BodySize: c.BodySize, BodySHA256: c.BodySHA256, Pinned: c.Pinned, Note: c.Note,
		Failed: c.Failed, DeliveriesCount: c.DeliveriesCount,
	}
	if o.Hints == nil {
		o.Hints = []string{}
	}
	if c.Last != nil {
		last := deliveryOf(c.Last, m)
		o.LastDelivery = &last
	}
	return o
}

// DeliveryJSON is the delivery object: last_delivery of a capture, and what a replay answers. m is as in CaptureJSON.
func DeliveryJSON(d *store.Delivery, m *export.Mask) any { return deliveryOf(d, m) }

func deliveryOf(d *store.Delivery, m *export.Mask) deliveryObject {
	o := deliveryObject{
		ID: d.ID, CaptureID: d.CaptureID, Kind: d.Kind, At: stamp(d.At), Target: m.Target(d.Target), Error: orNull(d.Error),
		DurationMS: math.Round(float64(d.Duration)/1e3) / 1e3, Accepted: d.Accepted, Judgement: d.Judgement,
		Notes: d.Notes, Edited: d.Edited, Resigned: d.Resigned, ResponseSize: d.BodySize, Truncated: d.Truncated,
	}
	if d.Status != 0 {
		o.Status = &d.Status
	}
	return o
}

// RequestEvent is CaptureJSON as a line of events: what happened stands in "event", and the sender's own event, which has
// that name in a capture, in "provider_event".
func RequestEvent(c *store.Capture, m *export.Mask) any {
	return struct {
		Kind string `json:"event"`
		captureObject
		Event string `json:"provider_event"`
	}{"request", captureOf(c, m), c.Event}
}

// DeliveryEvent is DeliveryJSON as a line of events.
func DeliveryEvent(d *store.Delivery, m *export.Mask) any {
	return struct {
		Kind string `json:"event"`
		deliveryObject
	}{"delivery", deliveryOf(d, m)}
}

// CaptureFull is one capture in full: the capture object with its head, headers, body and deliveries. Credentials are
// masked by m unless reveal is set.
func CaptureFull(ctx context.Context, db *store.DB, c *store.Capture, m *export.Mask, reveal bool) (any, error) {
	if reveal {
		m = nil
	}
	return captureFull(ctx, db, c, m, jsonBody, math.MaxInt)
}

// CaptureBrief is CaptureFull with at most limit bytes of each body ("truncated" says where there is more) and the latest
// few deliveries. A nil m shows credentials.
func CaptureBrief(ctx context.Context, db *store.DB, c *store.Capture, m *export.Mask, limit int64, few int) (any, error) {
	return captureFull(ctx, db, c, m, limit, few)
}

func captureFull(ctx context.Context, db *store.DB, c *store.Capture, m *export.Mask, limit int64, few int) (any, error) {
	o := fullObject{captureObject: captureOf(c, m), Deliveries: []deliveryInFull{}}
	o.Head, o.Headers = headJSON(c.Head, m)
	if len(c.Trailer) > 0 {
		_, o.Trailers = headJSON(append([]byte("trailer\r\n"), c.Trailer...), m) // behind something like a start line
	}
	var err error
	if o.Body, err = bodyJSON(ctx, db, c.ID, contentType(c.Head), m, limit); err != nil {
		return nil, err
	}
	list, err := db.Deliveries(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	for _, d := range list[max(0, len(list)-few):] {
		full, err := deliveryFull(ctx, db, d, m, limit)
		if err != nil {
			return nil, err
		}
		o.Deliveries = append(o.Deliveries, full)
	}
	return o, nil
}

// DeliveryBrief is DeliveryJSON with the answer's head, and at most limit bytes of its body.
func DeliveryBrief(ctx context.Context, db *store.DB, d *store.Delivery, m *export.Mask, limit int64) (any, error) {
	return deliveryFull(ctx, db, d, m, limit)
}

func deliveryFull(ctx context.Context, db *store.DB, d *store.Delivery, m *export.Mask, limit int64) (o deliveryInFull, err error) {
	o.deliveryObject = deliveryOf(d, m)
	o.Head, o.Headers = headJSON(d.Head, m)
	o.Body, err = bodyJSON(ctx, db, d.ID, contentType(d.Head), m, limit)
	return o, err
}

// headJSON is a raw head, masked, and its fields in order. JSON knows no bytes: what isn't UTF-8 becomes U+FFFD in it.
func headJSON(raw []byte, m *export.Mask) (string, [][2]string) {
	out := [][2]string{}
	for _, f := range fieldsOf(raw) {
		out = append(out, [2]string{f.Name, m.Header(f.Name, f.Value)})
	}
	return string(m.Head(raw)), out
}

func bodyJSON(ctx context.Context, db *store.DB, owner, kind string, m *export.Mask, limit int64) (bodyObject, error) {
	b, more, err := readBody(ctx, db, owner, limit)
	if err != nil {
		return bodyObject{}, err
	}
	if more {
		b = wholeRunes(b)
	}
	b = m.Body(kind, b)
	o := bodyObject{Truncated: more}
	if text := string(b); utf8.Valid(b) {
		o.Text = &text
	} else {
		o.Base64 = b
	}
	return o, nil
}

// wholeRunes is b without a character that was cut at its end, which would make bytes of a text.
func wholeRunes(b []byte) []byte {
	for n := 1; n < utf8.UTFMax && n <= len(b); n++ {
		if last := b[len(b)-n:]; utf8.RuneStart(last[0]) {
			if !utf8.FullRune(last) {
				return b[:len(b)-n]
			}
			break
		}
	}
	return b
}

// readBody reads up to limit bytes of a stored body and says whether there is more.
func readBody(ctx context.Context, db *store.DB, owner string, limit int64) (b []byte, more bool, err error) {
	r, err := db.Body(ctx, owner)
	if errors.Is(err, store.ErrNotFound) {
		return nil, false, nil // an answer without a body has none stored
	}
	if err != nil {
		return nil, false, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	if b, err = io.ReadAll(io.LimitReader(r, limit+1)); err != nil {
		return nil, false, fmt.Errorf("web: read the body of %s: %w", owner, err)
	}
	if more = int64(len(b)) > limit; more {
		b = b[:limit]
	}
	return b, more, nil
}

// stamp is a time as the API writes it: UTC, to the microsecond.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
