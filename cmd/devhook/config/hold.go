package config

import (
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// Hold is how a sender is answered at once whose webhook waits for the app.
type Hold struct {
	Status int    // 200 to 299
	Body   string // "" for none
}

// defaultHold is the status where none is written.
const defaultHold = 200

// maxHeldBody bounds the body that a route answers with, in bytes.
const maxHeldBody = 64 << 10

func (l *loader) setHold(values []value) {
	if v, ok := one(values); ok {
		l.cfg.Hold = l.hold(v)
	}
}

// hold reads a status; nil answers nothing at once.
func (l *loader) hold(v value) *Hold {
	switch strings.ToLower(v.text) {
	case Off, "false":
		return nil
	case "true":
		return &Hold{Status: defaultHold}
	}
	status, err := strconv.Atoi(v.text)
	if err != nil || status < 200 || status > 299 {
		l.fault(v.at, "write 200, or another status from 200 to 299; off lets the app answer", "%q is no status to answer with at once", v.text)
		return nil
	}
	return &Hold{Status: status}
}

// fileHold is hold: of a route as it stands in the file: one word, or status and body.
type fileHold struct {
	status *value
	body   *value
}

func (l *loader) readHold(node ast.Node) *fileHold {
	h := &fileHold{}
	take := func(node ast.Node, to **value) {
		if v, ok := l.scalar(node); ok {
			*to = &v
		}
	}
	if _, mapping := node.(ast.MapNode); !mapping {
		take(node, &h.status)
		return h
	}
	l.eachKey(node, func(key string, node ast.Node, at place) {
		switch key {
		case "status":
			take(node, &h.status)
		case "body":
			take(node, &h.body)
		default:
			l.fault(at, didYouMean(key, []string{"status", "body"}), "unknown key %s", key)
		}
	})
	return h
}

// routeHold reads a route's own answer; without one it is the tunnel's.
func (l *loader) routeHold(f fileRoute) *Hold {
	if f.hold == nil {
		return l.cfg.Hold
	}
	h := &Hold{Status: defaultHold}
	if f.hold.status != nil {
		h = l.hold(*f.hold.status)
	}
	body := f.hold.body
	switch {
	case h == nil || body == nil:
		return h
	case len(body.text) > maxHeldBody:
		l.fault(body.at, "write a shorter one", "a body of %d bytes is longer than 64 KiB", len(body.text))
	case h.Status == 204 && body.text != "":
		l.fault(body.at, "leave it out, or answer 200", "an answer 204 has no body")
	}
	h.Body = body.text
	return h
}
