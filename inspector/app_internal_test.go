package inspector

import (
	"net"
	"runtime"
	"testing"

	"devhook/tunnel/http1"
)

// TestKeepingCostsNothing: connections that come and go leave nothing behind, not even a timer each.
func TestKeepingCostsNothing(t *testing.T) {
	a, err := NewApp("3000", AppOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer a.closeIdle()
	here, there := net.Pipe()
	defer there.Close()
	c := &appConn{Conn: here}
	c.r = http1.NewReader(c)
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	for range 100_000 {
		a.keep(c)
		if a.takeIdle() != c {
			t.Fatal("the connection was not kept")
		}
	}
	if after := heap(); after > before+2<<20 {
		t.Errorf("%d KiB are left of 100,000 uses", (after-before)>>10)
	}
}
