package http1

import (
	"strings"
	"testing"
	"testing/iotest"

	"devhook/tunnel/http1/http1test"
)

func TestHostile(t *testing.T) {
	for _, c := range http1test.Inputs() {
		t.Run(c.Name, func(t *testing.T) {
			if got := story(strings.NewReader(c.In)); got != c.Want {
				t.Errorf("got  %s\nwant %s", got, c.Want)
			}
		})
	}
}

func TestHostileStock(t *testing.T) {
	addr := stockServer(t)
	for _, c := range http1test.Inputs() {
		t.Run(c.Name, func(t *testing.T) {
			if got := askStock(t, addr, c.In); got != c.Stock {
				t.Errorf("net/http: got  %s\nwant %s", got, c.Stock)
			}
		})
	}
}

// TestPieces: the verdict depends on the bytes, not on the packets they came in.
func TestPieces(t *testing.T) {
	for _, c := range http1test.Inputs() {
		t.Run(c.Name, func(t *testing.T) {
			if got := story(iotest.OneByteReader(strings.NewReader(c.In))); got != c.Want {
				t.Errorf("byte by byte: got  %s\nwant %s", got, c.Want)
			}
			if got := story(iotest.DataErrReader(strings.NewReader(c.In))); got != c.Want {
				t.Errorf("end together with data: got  %s\nwant %s", got, c.Want)
			}
			for _, i := range splits(c.In) {
				if got := story(&pieces{c.In[:i], c.In[i:]}); got != c.Want {
					t.Fatalf("split at %d: got  %s\nwant %s", i, got, c.Want)
				}
			}
		})
	}
}
