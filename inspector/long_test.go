package inspector_test

import (
	"strconv"
	"strings"
	"testing"

	"devhook/store"
)

// TestLongProof: a body that is too long to be held is checked like any other.
func TestLongProof(t *testing.T) {
	for secret, want := range map[string]store.Verdict{"right-secret": store.Valid, "wrong-secret": store.Invalid} {
		r := newRig(t, withTelerivet("right-secret"))
		padding := "&x=" + strings.Repeat("x", 400_000)
		raw := telerivet(secret)
		head, body, _ := strings.Cut(raw, "\r\n\r\n")
		head = head[:strings.LastIndex(head, ":")+2]
		r.send(head + strconv.Itoa(len(body)+len(padding)) + "\r\n\r\n" + body + padding)
		if c := r.only(); c.Verdict != want {
			t.Errorf("%s: %s, %s", secret, c.Verdict, c.Reason)
		}
	}
}
