package web

import (
	"strings"
	"testing"
)

func TestFiltersOutOfBoundsAreSaid(t *testing.T) {
	r := newRoom(t)
	r.add(200)
	long := strings.Repeat("a", filterBytes+1)
	for _, query := range []string{
		"q=%00", "q=" + long, "path=" + long, "path=%00", "provider=" + long, "method=POST%00", // not a fault of ours: 400, not 500
		"since=9223372036854775807", "since=1795299061000", "since=9999-01-01T00:00:00Z", "since=-1",
		"q=%zz", "failed=1&q=a;b", // left out, it would show what it was to keep away
	} {
		r.get("/api/requests?" + query).is(400).has(`"status":400`)
		r.get("/rows?" + query).is(400)
		r.get("/?" + query).is(400)
	}
	r.get("/resend?provider=%zz").is(400)
	r.get("/api/requests?q=status:often").is(400).has(`status takes 404, 4xx, or`)
	r.get("/api/requests?q=-status:200").is(200).has(`"requests":[]`)
	r.get("/api/requests?q=is:delivered+hooks").is(200).has(`"hooks`[1:])
	r.get("/api/requests?q=" + long[1:]).is(200).has(`"requests":[]`)
	r.get("/api/requests?since=1").is(200).has(`"hooks`[1:])
}
