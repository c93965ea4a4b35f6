package relay_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"devhook/tunnel/relay"
)

// Who asks for a challenge counts among the senders until the connection ends, and the relay's end is the connection's.
func TestChallengesCountAmongTheSenders(t *testing.T) {
	answer := http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) { _, _ = io.Copy(io.Discard, q.Body) })
	r, _ := namesRelay(t, func(c *relay.Config) { c.Challenge, c.Limits.Senders = answer, 2 })
	const slow = "POST /.well-known/acme-challenge/x HTTP/1.1\r\nHost: relay.test\r\nContent-Length: 9\r\n\r\nx"
	one, two := dial(t, r.Public(80)), dial(t, r.Public(80))
	send(t, one, slow)
	send(t, two, slow)
	eventually(t, "both are there", func() bool { return r.Stats().Senders == 2 })
	third := dial(t, r.Public(80))
	send(t, third, strings.Replace(slow, "9", "1", 1))
	if got, err := io.ReadAll(third); len(got) > 0 {
		t.Errorf("a third was served: %q, %v", got, err)
	}
	send(t, one, "12345678")
	if got, err := io.ReadAll(one); !strings.HasPrefix(string(got), "HTTP/1.1 200 ") || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	eventually(t, "one has gone", func() bool { return r.Stats().Senders == 1 })
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if got, err := io.ReadAll(two); len(got) > 0 {
		t.Errorf("after the end %q, %v", got, err)
	}
}
