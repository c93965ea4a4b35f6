package http1

import (
	"strings"
	"testing"
	"testing/iotest"
)

// hostile is one input of the bad-input catalogue: what this package makes of it (see story), and what a stock net/http server
// does. Where the two differ, the difference is why this package exists.
type hostile struct {
	name, in    string
	want, stock string
}

func hostileCases() []hostile {
	return append(append(hostileFraming(), hostileHeads()...), hostileBodies()...)
}

func TestHostile(t *testing.T) {
	for _, c := range hostileCases() {
		t.Run(c.name, func(t *testing.T) {
			if got := story(strings.NewReader(c.in)); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestHostileStock(t *testing.T) {
	addr := stockServer(t)
	for _, c := range hostileCases() {
		t.Run(c.name, func(t *testing.T) {
			if got := askStock(t, addr, c.in); got != c.stock {
				t.Errorf("net/http: got  %s\nwant %s", got, c.stock)
			}
		})
	}
}

// TestPieces: the verdict depends on the bytes, not on the packets they came in.
func TestPieces(t *testing.T) {
	for _, c := range hostileCases() {
		t.Run(c.name, func(t *testing.T) {
			if got := story(iotest.OneByteReader(strings.NewReader(c.in))); got != c.want {
				t.Errorf("byte by byte: got  %s\nwant %s", got, c.want)
			}
			if got := story(iotest.DataErrReader(strings.NewReader(c.in))); got != c.want {
				t.Errorf("end together with data: got  %s\nwant %s", got, c.want)
			}
			for _, i := range splits(c.in) {
				if got := story(&pieces{c.in[:i], c.in[i:]}); got != c.want {
					t.Fatalf("split at %d: got  %s\nwant %s", i, got, c.want)
				}
			}
		})
	}
}
