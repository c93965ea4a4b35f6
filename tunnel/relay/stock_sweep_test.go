package relay_test

import (
	"os"
	"strconv"
	"testing"

	"golang.org/x/crypto/ssh"

	"devhook/tunnel/tunneltest"
)

// sweep asks for every port at six forms of a public address; SWEEP=1 does, for scripts/scorecard, otherwise for each
// hundredth. A connection is cut after a hundred refusals, so each asks for eighty.
func sweep(t *testing.T, r *tunneltest.Relay, key ssh.Signer) {
	t.Helper()
	step := 100
	if n, err := strconv.Atoi(os.Getenv("SWEEP")); err == nil {
		step = n
	}
	asked, given := 0, 0
	for _, addr := range []string{"", "localhost", "*", "0.0.0.0", "::", "127.0.0.1"} {
		for first := 1; first < 65536; first += 80 * step {
			c := stock(t, r, key)
			for port := first; port < min(first+80*step, 65536); port += step {
				asked++
				want := addr != "127.0.0.1" && (port == 8000 || port == 8080)
				got := forward(t, c, "tcpip-forward", addr, uint32(port))
				if got {
					given++
				}
				if got != want {
					t.Errorf("%q port %d: %t, want %t", addr, port, got, want)
				}
			}
			_ = c.Close()
		}
	}
	t.Logf("%d forwards asked for, %d given, all of them listed ones", asked, given)
}
