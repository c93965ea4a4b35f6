package tunnel

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
)

// Bounds of what an agent may ask a relay to answer in its place.
const (
	maxHold      = 160 << 10 // bytes of a Hold as JSON
	maxHoldBody  = 64 << 10  // of one answer's body
	maxHoldRoute = 100       // routes with an answer of their own
)

// HoldAnswer is what a sender is told whose request is held: kept until the agent is back.
type HoldAnswer struct {
	Status int    `json:"status"`         // 200 to 299; 0: it is not held
	Type   string `json:"type,omitempty"` // Content-Type of the body
	Body   string `json:"body,omitempty"`
}

// HoldRoute is the answer for requests below a path.
type HoldRoute struct {
	Path string `json:"path"` // prefix, matched at segment borders in any case; "/" matches every path
	HoldAnswer
}

// Hold asks a relay to keep what comes while the agent is away, and says what senders are answered. It is kept by the relay
// with the address.
type Hold struct {
	HoldAnswer
	Routes []HoldRoute `json:"routes,omitempty"` // the longest path that matches counts
}

// Check says what is wrong with h.
func (h *Hold) Check() error {
	errs := []error{h.check("")}
	if len(h.Routes) > maxHoldRoute {
		errs = append(errs, fmt.Errorf("tunnel: hold: %d routes are more than %d", len(h.Routes), maxHoldRoute))
	}
	for _, r := range h.Routes {
		errs = append(errs, r.check(r.Path))
		if !strings.HasPrefix(r.Path, "/") {
			errs = append(errs, fmt.Errorf("tunnel: hold: path %.200q does not begin with a slash", r.Path))
		}
	}
	if text, err := json.Marshal(h); err != nil || len(text) > maxHold {
		errs = append(errs, errors.Join(err, fmt.Errorf("tunnel: hold: %d bytes are more than %d", len(text), maxHold)))
	}
	return errors.Join(errs...)
}

func (a *HoldAnswer) check(path string) error {
	switch {
	case (a.Status < 200 || a.Status > 299) && a.Status != 0:
		return fmt.Errorf("tunnel: hold %.200q: status %d is none from 200 to 299", path, a.Status)
	case len(a.Body) > maxHoldBody:
		return fmt.Errorf("tunnel: hold %.200q: a body of %d bytes is longer than %d", path, len(a.Body), maxHoldBody)
	case len(a.Type) > 200 || strings.ContainsFunc(a.Type, func(r rune) bool { return r < ' ' || r > '~' }):
		return fmt.Errorf("tunnel: hold %.200q: %.200q is no content type", path, a.Type)
	}
	return nil
}

// Answer is the one for a request's target.
func (h *Hold) Answer(target string) HoldAnswer {
	if scheme, rest, ok := strings.Cut(target, "://"); ok && !strings.ContainsAny(scheme, "/?#") {
		_, rest, _ = strings.Cut(rest, "/")
		target = "/" + rest
	}
	if end := strings.IndexAny(target, "?#"); end >= 0 {
		target = target[:end]
	}
	best, longest := h.HoldAnswer, -1
	for _, r := range h.Routes {
		if path := strings.TrimRight(r.Path, "/"); len(path) > longest && below(target, path) {
			best, longest = r.HoldAnswer, len(path)
		}
	}
	return best
}

func below(target, path string) bool {
	n := len(path)
	return len(target) >= n && strings.EqualFold(target[:n], path) && (len(target) == n || target[n] == '/')
}

// holdRequest is the payload of RequestHold.
type holdRequest struct {
	Wish string // a Hold as JSON; "" if nothing is to be held
}

// HoldTerms is the payload of the answer to RequestHold: how long and how much the relay holds at most.
type HoldTerms struct {
	Seconds uint64 // age of a request at which it is given up
	Bytes   uint64 // of all that is held for one key
}

// HeldNews is the payload of RequestHeld: what the relay has held and hands over now.
type HeldNews struct {
	Count  uint32
	Bytes  uint64
	Oldest uint64 // when the oldest came, Unix time in seconds
}

// Since is when the oldest came.
func (n HeldNews) Since() time.Time { return time.Unix(int64(n.Oldest), 0) }

// EncodeHold makes the payload of RequestHold; nil says that nothing is to be held.
func EncodeHold(h *Hold) ([]byte, error) {
	var q holdRequest
	if h != nil {
		text, err := json.Marshal(h)
		if err != nil {
			return nil, fmt.Errorf("tunnel: encode hold: %w", err)
		}
		q.Wish = string(text)
	}
	return ssh.Marshal(&q), nil
}

// DecodeHold reads the payload of RequestHold; nil, nil says that nothing is to be held.
func DecodeHold(payload []byte) (*Hold, error) {
	var q holdRequest
	if err := ssh.Unmarshal(payload, &q); err != nil {
		return nil, fmt.Errorf("tunnel: decode hold: %w", err)
	}
	if q.Wish == "" {
		return nil, nil
	}
	if len(q.Wish) > maxHold {
		return nil, fmt.Errorf("tunnel: decode hold: %d bytes are more than %d", len(q.Wish), maxHold)
	}
	h := new(Hold)
	if err := json.Unmarshal([]byte(q.Wish), h); err != nil {
		return nil, fmt.Errorf("tunnel: decode hold: %w", err)
	}
	return h, h.Check()
}

// askHold tells the relay what to do with requests while we are away. It comes before the address is asked for, so that
// nothing overtakes what was held. A server that doesn't know the request holds nothing.
func (s *session) askHold() error {
	h := s.l.hold.Load()
	if h == nil || s.l.cfg.Spare || s.l.secure != nil {
		return nil
	}
	payload, err := EncodeHold(h)
	if err != nil {
		return err
	}
	ok, answer, err := s.conn.SendRequest(RequestHold, true, payload)
	if err != nil {
		return fmt.Errorf("tunnel: ask relay to hold: %w", err)
	}
	var terms HoldTerms
	if ok && ssh.Unmarshal(answer, &terms) == nil {
		s.terms.Store(&terms)
	}
	return nil
}

// takeHeld tells the relay, where nothing more is to be held, that we take what was held before.
func (s *session) takeHeld() {
	if s.l.hold.Load() != nil || s.l.cfg.Spare || s.forwarded.Load() != 0 {
		return
	}
	if payload, err := EncodeHold(nil); err == nil {
		_, _, _ = s.conn.SendRequest(RequestHold, false, payload) // if it fails the connection has ended, which others notice
	}
}

// Holds tells on which terms the relay holds requests while we are away; nil if it doesn't, or wasn't asked.
func (l *Listener) Holds() *HoldTerms { return l.current().terms.Load() }

// SetHold replaces Config.Hold. The relay is told now, and at each login.
func (l *Listener) SetHold(h *Hold) error {
	if h != nil {
		if err := h.Check(); err != nil {
			return err
		}
	}
	l.hold.Store(h)
	s := l.current()
	if s.conn == nil {
		return nil
	}
	go func() {
		if h == nil {
			s.terms.Store(nil)
			s.takeHeld()
			return
		}
		_ = s.askHold() // if it fails the connection has ended, and the next login says it again
	}()
	return nil
}

// tellHeld passes on what the relay says of what it held.
func (s *session) tellHeld(payload []byte) {
	var news HeldNews
	if ssh.Unmarshal(payload, &news) == nil && s.l.cfg.Held != nil {
		go s.l.cfg.Held(news)
	}
}
