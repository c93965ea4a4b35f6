package relay

import (
	"fmt"
	"strings"
	"testing"

	"devhook/tunnel/http1"
)

// BenchmarkRoute finds the tunnel that a request calls, among a thousand names.
func BenchmarkRoute(b *testing.B) {
	s := &Server{cfg: Config{Domain: "relay.example.com"}, addresses: make(map[place]*address)}
	for n := range 1000 {
		s.addName("", fmt.Sprintf("shop-%d", n))
	}
	x := &sender{entrance: &entrance{s: s}}
	q, err := http1.NewReader(strings.NewReader("POST /hooks HTTP/1.1\r\nUser-Agent: x\r\nAccept: */*\r\nHost: shop-777.Relay.example.com:8080\r\n\r\n")).
		ReadRequest(http1.Limits{})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if d := x.addressOf(q); d == nil || d.name != "shop-777" {
			b.Fatalf("found %v", d)
		}
	}
}
