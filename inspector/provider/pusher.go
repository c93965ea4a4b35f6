package provider

import (
	"strings"
	"time"
)

// pusher signs the body with the secret of the app whose key it names. The key is no secret and isn't signed, but what
// doesn't name an app by a key of letters and digits was not sent by Pusher.
type pusher struct{ *signature }

const pusherKey = "X-Pusher-Key"

func newPusher() pusher { return pusher{ofBody("pusher", "X-Pusher-Signature", "", hmacSHA256, asHex)} }

func (p pusher) verify(q *Request, secrets []Secret) Result {
	r := p.signature.verify(q, secrets)
	if fault := keyFault(q); r.Verdict == Valid && fault != "" {
		return refused(fault)
	}
	return r
}

func (p pusher) sign(q *Request, s Secret, now time.Time) (changed []string, err error) {
	if keyFault(q) != "" { // whose key it is, the secret doesn't tell
		q.setHeader(pusherKey, "00000000000000000000")
		changed = []string{pusherKey}
	}
	more, err := p.signature.sign(q, s, now)
	return append(changed, more...), err
}

func keyFault(q *Request) string {
	key := header(q.Fields, pusherKey)
	switch {
	case key == "":
		return "no " + pusherKey + " header, which names the app whose secret it is"
	case strings.Trim(strings.ToLower(key), "0123456789abcdefghijklmnopqrstuvwxyz-_") != "":
		return pusherKey + " is no key of an app"
	}
	return ""
}
