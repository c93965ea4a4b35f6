package inspector

import (
	"context"
	"net"
)

// A Reach is one address of the app, as a delivery would find it.
type Reach struct {
	Address string // host:port
	Refused error  // why it takes no connection; nil if it does
	TLS     error  // why an https app's handshake fails there; nil if it doesn't
}

// Reach connects to each address of the app, in the order in which deliveries
// try them, and sends no request: an app may count what it gets.
func (a *App) Reach(ctx context.Context) []Reach {
	var all []Reach
	for _, address := range a.addresses() {
		r := Reach{Address: address}
		var d net.Dialer
		conn, err := d.DialContext(ctx, "tcp", address)
		if r.Refused = err; err == nil && a.base.Scheme == "https" {
			conn, r.TLS = a.secure(ctx, conn)
		}
		if err == nil && r.TLS == nil {
			_ = conn.Close()
		}
		all = append(all, r)
	}
	return all
}
