package inspector

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"devhook/store"
	"devhook/tunnel/http1"
)

// An Edit says how a replay differs from what was recorded. The zero Edit sends it again as it was.
type Edit struct {
	To          string      // another address for it: scheme://host:port, with a path to replace the recorded one
	Method      string      // another method
	Target      string      // another path and query
	Headers     [][2]string // name and value: replaces the lines of that name, or is added
	DropHeaders []string    // names of lines to leave out
	Body        []byte      // another body, if HasBody
	HasBody     bool
	Resign      bool // a fresh signature and time, with the configured secret
}

// changes reports whether the request itself will differ.
func (e Edit) changes() bool {
	return e.Method != "" || e.Target != "" || len(e.Headers) > 0 || len(e.DropHeaders) > 0 || e.HasBody
}

// Errors of Replay that a caller may want to tell apart.
var (
	ErrNotReplayable = errors.New("this request never was whole, so it can't be sent again")
	ErrNotWhole      = errors.New("this request never was whole, so it can't be checked")
	ErrBadEdit       = errors.New("this edit can't be sent")
	ErrNoSecret      = errors.New("no secret is configured to sign with")
	ErrUnsigned      = errors.New("this sender signs nothing, so there is nothing to sign anew")
	ErrForbidden     = errors.New("only the app and addresses of this machine can be called from here")
	ErrClosing       = errors.New("devhook is shutting down")
	ErrJustLeft      = errors.New("it has left its queue in this moment, so it was not sent again")
)

// check refuses what would make the request ambiguous on the wire.
func (e Edit) check() error {
	if e.Method != "" && !http1.ValidMethod(e.Method) {
		return fmt.Errorf("%w: %q is no method", ErrBadEdit, e.Method)
	}
	if e.Target != "" && !http1.ValidTarget(e.Target) {
		return fmt.Errorf("%w: the path %q holds what no path may", ErrBadEdit, e.Target)
	}
	for _, h := range e.Headers {
		if !http1.ValidField(h[0], h[1]) {
			return fmt.Errorf("%w: %q is no name of a header, or its value can't be one", ErrBadEdit, h[0])
		}
	}
	return nil
}

// framed reports whether a header is about framing, which follows from the body and is not for an edit to say.
func framed(name string) bool {
	return strings.EqualFold(name, "Content-Length") || strings.EqualFold(name, "Transfer-Encoding")
}

// apply changes a head. Lines that the edit does not name keep their bytes.
func (e Edit) apply(head []byte, q *http1.Request) []byte {
	done := make([]bool, len(e.Headers))
	start := true
	out := rewriteLines(head, func(line []byte) []byte {
		if start {
			start = false
			return e.startLine(line, q)
		}
		name, _, _ := strings.Cut(string(line), ":")
		return e.line(name, line, done)
	})
	out = out[:len(out)-2]
	for n, h := range e.Headers {
		if !done[n] && !framed(h[0]) {
			out = fmt.Appendf(out, "%s: %s\r\n", h[0], h[1])
		}
	}
	return append(out, "\r\n"...)
}

func (e Edit) startLine(line []byte, q *http1.Request) []byte {
	method, target := q.Method, q.Target
	if e.Method != "" {
		method = e.Method
	}
	if e.Target != "" {
		target = e.Target
	}
	if method == q.Method && target == q.Target {
		return line
	}
	return []byte(method + " " + target + " " + q.Proto)
}

// line gives what becomes of one header line. Of several replacements of one name each takes the place of one line;
// lines of that name that are left over go.
func (e Edit) line(name string, line []byte, done []bool) []byte {
	if framed(name) {
		return line
	}
	for _, d := range e.DropHeaders {
		if strings.EqualFold(d, name) {
			return nil
		}
	}
	named := false
	for n, h := range e.Headers {
		if !strings.EqualFold(h[0], name) {
			continue
		}
		named = true
		if !done[n] {
			done[n] = true
			return []byte(h[0] + ": " + h[1])
		}
	}
	if named {
		return nil
	}
	return line
}

// resized makes the framing lines of a head fit a body of n bytes. A chunked request stays chunked.
func resized(head []byte, f http1.Framing, n int) ([]byte, http1.Framing) {
	if f == http1.Chunked {
		return head, f
	}
	value := strconv.Itoa(n)
	seen := false
	out := rewriteLines(head, func(line []byte) []byte {
		name, old, ok := strings.Cut(string(line), ":")
		if !ok || !strings.EqualFold(name, "Content-Length") {
			return line
		}
		if seen {
			return nil
		}
		seen = true
		if strings.TrimSpace(old) == value {
			return line
		}
		return []byte(name + ": " + value)
	})
	if !seen && n > 0 {
		out = append(out[:len(out)-2], "Content-Length: "+value+"\r\n\r\n"...)
	}
	if !seen && n == 0 {
		return out, http1.None
	}
	return out, http1.Length
}

// destination is the app a replay goes to, and the target it asks for ("" for the recorded one). No app: where the
// request's route leads.
func (i *Inspector) destination(e Edit) (*App, string, error) {
	if e.To == "" {
		return nil, "", nil
	}
	to := e.To
	if !strings.Contains(to, "://") {
		to = "http://" + to
	}
	u, err := url.Parse(to)
	if err != nil || u.Host == "" || u.User != nil {
		return nil, "", fmt.Errorf("%w: the address is none, or has a password in it", ErrBadEdit) // which is not repeated
	}
	app, err := i.cfg.App.sibling(u)
	if err != nil {
		return nil, "", fmt.Errorf("%w: %w", ErrBadEdit, err)
	}
	if ours := i.appAt(app.URL()); ours != nil {
		app = ours
	} else if !i.cfg.AnyTarget && !app.local() {
		return nil, "", ErrForbidden
	}
	target := ""
	if u.Path != "" && u.Path != "/" || u.RawQuery != "" {
		target = u.RequestURI()
	}
	return app, target, nil
}

// replayable reports whether there is a whole request to send.
func replayable(c *store.Capture) bool {
	return c.State == store.Complete || c.State == store.Refused || c.State == store.Held
}
