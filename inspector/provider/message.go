package provider

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"
)

// A message is what a signature's parts are taken from. Guesses about what the sender signed change it.
type message struct {
	q               *Request
	url             string
	body            []byte
	time, id, nonce string
	secret          string
}

func (k *signature) message(q *Request, f *found) *message {
	return &message{q: q, url: q.URL, body: q.Body, time: f.time, id: f.id, nonce: f.nonce}
}

// A part appends one piece of the signed bytes.
type part func(m *message, b []byte) []byte

// text is a piece that is always the same.
func text(s string) part { return func(_ *message, b []byte) []byte { return append(b, s...) } }

// The other pieces.
var (
	theBody   part = func(m *message, b []byte) []byte { return append(b, m.body...) }
	theTime   part = func(m *message, b []byte) []byte { return append(b, m.time...) }
	theID     part = func(m *message, b []byte) []byte { return append(b, m.id...) }
	theNonce  part = func(m *message, b []byte) []byte { return append(b, m.nonce...) }
	theMethod part = func(m *message, b []byte) []byte { return append(b, m.q.Method...) }
	theURL    part = func(m *message, b []byte) []byte { return append(b, m.url...) }
	theSecret part = func(m *message, b []byte) []byte { return append(b, m.secret...) }
	bodyMD5   part = func(m *message, b []byte) []byte {
		sum := md5.Sum(m.body)
		return hex.AppendEncode(b, sum[:])
	}
)

// A timeUnit is how a moment is written.
type timeUnit int

// The units.
const (
	inSeconds timeUnit = iota // since 1970
	inMillis
	inRFC3339
)

func (u timeUnit) format(t time.Time) string {
	switch u {
	case inMillis:
		return strconv.FormatInt(t.UnixMilli(), 10)
	case inRFC3339:
		return t.UTC().Format(time.RFC3339)
	}
	return strconv.FormatInt(t.Unix(), 10)
}

func (u timeUnit) parse(s string) (time.Time, bool) {
	if u == inRFC3339 {
		t, err := time.Parse(time.RFC3339Nano, s)
		return t, err == nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n <= 0 || n > 253402300799999 {
		return time.Time{}, false
	}
	if u == inMillis {
		return time.UnixMilli(n), true
	}
	return time.Unix(n, 0), n <= 253402300799
}

// freshID is an id for a message that has none: of its content and the moment, since the package knows no chance.
func freshID(prefix string, q *Request, now time.Time) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{q.Method, q.URL, string(q.Body), now.String()}, "\n")))
	return prefix + hex.EncodeToString(sum[:16])
}
