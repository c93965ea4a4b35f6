package inspector

import "time"

// What stands in an app's place may take connections while the app is not there, and only then close them: the proxy of a
// container, a port that is forwarded, a dev server. A request written to such a connection has an unknown outcome, so the
// first of a row waits a moment to see whether the connection stays.
const (
	waryFor  = 50 * time.Millisecond  // where nothing is known of the app
	warierBy = 500 * time.Millisecond // where it has just closed one
)

// wary is how long a new connection to the app is to be watched before a held request is written to it.
func (a *App) wary() time.Duration {
	if a.left.Load() {
		return warierBy
	}
	if since := time.Since(time.Unix(0, a.answered.Load())); since >= 0 && since < reuseFor { // or the clock was set back
		return 0
	}
	return waryFor
}

// stays watches a connection for a moment, and reports whether it is still there.
func (a *App) stays(c *appConn) bool {
	d := a.wary()
	if d > 0 && leftWithin(c.Conn, d) {
		a.left.Store(true)
		return false
	}
	return true
}

// noteEnd takes note of how a held request ended: whether anything came from the app.
func (a *App) noteEnd(heard bool) {
	if heard {
		a.answered.Store(time.Now().UnixNano())
	}
	a.left.Store(!heard)
}
