package inspector_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"devhook/store"
)

// longForm is Telerivet's request with so many bytes more, and its body.
func longForm(secret string, more int, chunked bool) (raw, body string) {
	head, body, _ := strings.Cut(telerivet(secret), "\r\n\r\n")
	body += "&x=" + strings.Repeat("x", more)
	head = head[:strings.LastIndex(head, "\r\n")]
	if chunked {
		return fmt.Sprintf("%s\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", head, len(body), body), body
	}
	return head + "\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body, body
}

// TestLongProof: a body that is too long to be stored in one piece is checked like any other, and comes to the app as it
// is: from memory, and read back from the store where its length wasn't known or no memory is left for it.
func TestLongProof(t *testing.T) {
	for _, c := range []struct {
		name    string
		more    int
		chunked bool
	}{
		{"the shortest", 256<<10 + 1, false},
		{"in memory", 400_000, false},
		{"in chunks", 400_000, true},
		{"too much for the memory", 25 << 20, false},
	} {
		for secret, want := range map[string]store.Verdict{"right-secret": store.Valid, "wrong-secret": store.Invalid} {
			t.Run(c.name+"/"+secret, func(t *testing.T) {
				r := newRig(t, withTelerivet("right-secret"))
				raw, body := longForm(secret, c.more, c.chunked)
				r.send(raw)
				got := r.only()
				if got.Verdict != want {
					t.Errorf("%s: %s", got.Verdict, got.Reason)
				}
				if r.body(got.ID) != body {
					t.Error("other bytes were recorded")
				}
				if requests := r.app.got(); len(requests) != 1 || !c.chunked && !strings.HasSuffix(requests[0], body) {
					t.Errorf("the app got %d requests, or other bytes", len(requests))
				}
			})
		}
	}
}
