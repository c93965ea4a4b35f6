package inspector

import (
	"net"
	"net/netip"
	"testing"

	"devhook/tunnel/http1"
)

func TestCaller(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::/32")}
	for _, c := range []struct {
		conn    string
		forward []string
		want    string
	}{
		{"203.0.113.9:4444", []string{"198.51.100.1"}, "203.0.113.9:4444"},
		{"10.1.2.3:4444", nil, "10.1.2.3:4444"},
		{"10.1.2.3:4444", []string{"198.51.100.1"}, "198.51.100.1"},
		{"[::ffff:10.1.2.3]:4444", []string{"198.51.100.1:77"}, "198.51.100.1:77"},
		{"10.1.2.3:4444", []string{"6.6.6.6, 198.51.100.1"}, "198.51.100.1"},
		{"10.1.2.3:4444", []string{"6.6.6.6", "198.51.100.1 , 10.9.9.9"}, "198.51.100.1"},
		{"10.1.2.3:4444", []string{"10.7.7.7, 10.9.9.9"}, "10.7.7.7"},
		{"10.1.2.3:4444", []string{"198.51.100.1, unknown"}, "10.1.2.3:4444"},
		{"10.1.2.3:4444", []string{"198.51.100.1, , 10.9.9.9"}, "10.9.9.9"},
		{"10.1.2.3:4444", []string{"<script>"}, "10.1.2.3:4444"},
		{"[2001:db8::1]:4444", []string{"[2606:4700::1]:99"}, "[2606:4700::1]:99"},
		{"[2001:db8::1]:4444", []string{"2606:4700::1"}, "2606:4700::1"},
	} {
		conn, err := net.ResolveTCPAddr("tcp", c.conn)
		if err != nil {
			t.Fatal(err)
		}
		h := &http1.Head{}
		for _, v := range c.forward {
			h.Fields = append(h.Fields, http1.Field{Name: "x-forwarded-for", Value: v})
		}
		i := &Inspector{cfg: Config{TrustedProxies: proxies}}
		want := c.want
		if want == c.conn {
			want = conn.String()
		}
		if got := i.caller(conn, h); got != want {
			t.Errorf("%s %q: %s, want %s", c.conn, c.forward, got, want)
		}
		if got := (&Inspector{}).caller(conn, h); got != conn.String() {
			t.Errorf("without proxies: %s", got)
		}
	}
}
