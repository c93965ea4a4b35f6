package relay

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"strings"

	"devhook/tunnel/http1"
)

// visitors are those who may call when a password is asked for (RFC 7617), by the hash of user:password. Hashes are
// compared: so nothing can be learned from the time it takes, not even how long a password is.
type visitors [][sha256.Size]byte

func newVisitors(pairs []string) visitors {
	all := make(visitors, 0, len(pairs))
	for _, p := range pairs {
		all = append(all, sha256.Sum256([]byte(p)))
	}
	return all
}

// admits reports whether one Authorization line, and only one, names a visitor. What the app would make of several is
// not known.
func (v visitors) admits(h *http1.Head) bool {
	lines := h.Values("Authorization")
	if len(lines) != 1 {
		return false
	}
	scheme, token, _ := strings.Cut(lines[0], " ")
	pair, err := base64.StdEncoding.Strict().DecodeString(strings.TrimLeft(token, " "))
	if !strings.EqualFold(scheme, "basic") || err != nil {
		return false
	}
	sum, found := sha256.Sum256(pair), 0
	for n := range v {
		found |= subtle.ConstantTimeCompare(sum[:], v[n][:])
	}
	return found == 1
}

// unauthorised is the answer to who may not call, nil for who may. It judges the head as it was parsed for everything
// else; what could not be parsed may be anybody's.
func (x *sender) unauthorised(q *http1.Request, malformed string) *ownAnswer {
	v := x.entrance.s.visitors
	switch {
	case malformed == "" && isProbe(q):
		return nil
	case !x.allowed():
		return forbidden
	case len(v) == 0:
		return nil
	case malformed != "":
		return unreadable
	case v.admits(&q.Head):
		return nil
	}
	return askPassword
}

// isProbe reports whether a request can be an agent's round trip to itself. It carries a nonce, nothing else, and agents
// hand nothing like it to their app.
func isProbe(q *http1.Request) bool {
	nonce, ok := strings.CutPrefix(q.Target, probePath)
	f, _ := q.Framing()
	return ok && q.Method == "GET" && f == http1.None && q.Upgrade() == "" &&
		nonce != "" && len(nonce) <= 64 && strings.Trim(nonce, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") == ""
}
