package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"devhook/cmd/devhook/config"
	"devhook/inspector"
	"devhook/store"
	"devhook/tunnel/http1"
)

// verifyAll judges anew what was recorded and keeps each verdict that differs. What no route with a secret claims stays
// as it was: nothing is known of it now that was not known then.
func (c *cli) verifyAll(ctx context.Context, cfg *config.Config, f *verifyFlags, with []inspector.Route) (err error) {
	since, err := parseSince(f.since, time.Now())
	if err != nil {
		return err
	}
	db, err := c.mustRecorded(ctx, cfg)
	if err != nil {
		return err
	}
	defer closing(db, &err)
	captures, err := db.List(ctx, store.Filter{Provider: f.provider, Since: since, OldestFirst: true})
	if err != nil {
		return err
	}
	if cfg.Local != "" { // apps share the database, and their routes may be written alike
		captures = slices.DeleteFunc(captures, func(other *store.Capture) bool { return other.App != cfg.Local })
	}
	in := inspector.New(inspector.Config{Store: db, Routes: with, Known: c.known})
	changed := 0
	for _, capture := range captures {
		again, err := in.Recheck(ctx, capture.ID, inspector.Recheck{})
		if errors.Is(err, inspector.ErrNotWhole) || err == nil && again.Verdict == store.Unchecked || err == nil && sameVerdict(capture, again) {
			continue
		}
		if err != nil {
			return err
		}
		if err := db.Conclude(ctx, again); err != nil {
			return err
		}
		changed++
		if err := c.tellChanged(capture, again); err != nil {
			return err
		}
	}
	c.term.tell("%s judged anew, %d changed", count(len(captures), "request", "requests"), changed)
	return nil
}

func sameVerdict(a, b *store.Capture) bool { return a.Verdict == b.Verdict && a.Reason == b.Reason }

func (c *cli) tellChanged(was, is *store.Capture) error {
	if c.json {
		return c.term.object(verdictOf(is, true))
	}
	text := string(was.Verdict) + " → " + c.term.paint(verdictColour(string(is.Verdict)), string(is.Verdict))
	return c.term.told(8, "%s  %s  %s: %s", shortID(is.ID), strings.TrimSpace(quote(is.Provider+" "+is.Event)), text, quote(is.Reason))
}

// parseRaw takes one raw HTTP request apart as it would have been taken off the wire.
func parseRaw(raw []byte) (c *store.Capture, head *http1.Head, body []byte, err error) {
	const hint = "the file holds a request line, header lines, an empty line and the body: devhook show ID --raw --reveal makes one"
	raw = withCRLF(raw)
	r := http1.NewReader(bytes.NewReader(raw))
	q, err := r.ReadRequest(http1.Limits{})
	if err != nil {
		return nil, nil, nil, failed(err, hint, "this is no HTTP request: %s", rawFault(err))
	}
	f, n := q.Framing()
	if body, err = io.ReadAll(r.Body(f, n)); err != nil {
		return nil, nil, nil, failed(err, "the body must have the length that the head says, byte for byte", "the request's body is not whole: %s", rawFault(err))
	}
	if rest := len(raw) - len(q.Raw) - len(body); f == http1.None && rest > 0 {
		return nil, nil, nil, failed(nil, "add Content-Length: "+strconv.Itoa(rest)+", or remove what follows the head", "%s follow a head that announces no body", bytesText(int64(rest)))
	}
	c = &store.Capture{Method: q.Method, Target: q.Target, PublicURL: addressed(q), State: store.Complete}
	return c, &q.Head, body, nil
}

// withCRLF gives the lines of a head the ends that HTTP wants, where an editor has written others. The body stays as it is.
func withCRLF(raw []byte) []byte {
	head, body, ok := bytes.Cut(raw, []byte("\n\n"))
	if !ok || bytes.Contains(head, []byte("\r")) {
		return raw
	}
	return slices.Concat(bytes.ReplaceAll(head, []byte("\n"), []byte("\r\n")), []byte("\r\n\r\n"), body)
}

func rawFault(err error) string {
	var bad *http1.Error
	switch {
	case errors.As(err, &bad):
		return quote(bad.Reason)
	case errors.Is(err, io.EOF):
		return "it is empty"
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "it ends too early"
	}
	return reason(err)
}

// addressed is the address that a request names itself. Most senders call by https.
func addressed(q *http1.Request) string {
	if strings.HasPrefix(q.Target, "http://") || strings.HasPrefix(q.Target, "https://") {
		return q.Target
	}
	return "https://" + q.Get("Host") + q.Target
}
