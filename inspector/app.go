package inspector

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"devhook/tunnel/http1"
)

// AppOptions say how the app is called.
type AppOptions struct {
	HostHeader string        // Host line sent instead of the recorded one; "local": the app's own address; "": as recorded
	Insecure   bool          // accept any certificate of an https app
	Timeout    time.Duration // until the answer's head, default 60 s; negative: no limit
}

// An App is where deliveries go: one address, and the connections to it that may be used again.
type App struct {
	base *url.URL // scheme://host:port
	opts AppOptions

	host, port string
	last       atomic.Pointer[string] // the address that answered last, tried first

	mu       sync.Mutex
	idle     []*appConn // oldest first
	sweeping bool       // a sweep is due
	closed   bool
	opened   chan struct{} // closed at the next connection that is made; nil: nobody waits for it

	knocked  atomic.Int64 // when it was last tried whether the app is there, in nanoseconds since 1970
	answered atomic.Int64 // when it last answered something that was held, likewise
	left     atomic.Bool  // the last connection for that was closed without a word
}

// reuseFor is how long a connection to the app may have been idle and still be used again. Short, since an app that
// closes it just then makes the outcome of a delivery unknown.
const reuseFor = time.Second

// maxIdle bounds the connections kept ready to the app.
const maxIdle = 64

// NewApp reads where the app listens: "3000", "host:3000" or "http://host:3000". A path is not part of it.
func NewApp(local string, o AppOptions) (*App, error) {
	if o.Timeout == 0 {
		o.Timeout = 60 * time.Second
	}
	if _, err := strconv.Atoi(local); err == nil {
		local = "localhost:" + local
	}
	if !strings.Contains(local, "://") {
		local = "http://" + local
	}
	u, err := url.Parse(local)
	if err != nil {
		return nil, fmt.Errorf("inspector: read app address %q: %w", local, err)
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("inspector: read app address %q: only http and https can be called", local)
	}
	if (u.Path != "" && u.Path != "/") || u.RawQuery != "" || u.User != nil || u.Fragment != "" {
		return nil, fmt.Errorf("inspector: read app address %q: only scheme, host and port belong there", local)
	}
	host, port := u.Hostname(), u.Port()
	if host == "" {
		host = "localhost"
	}
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		return nil, fmt.Errorf("inspector: read app address %q: port %q is not between 1 and 65535", local, port)
	}
	base := &url.URL{Scheme: u.Scheme, Host: net.JoinHostPort(host, port)}
	return &App{base: base, opts: o, host: host, port: port}, nil
}

// URL is the app's base address, such as http://localhost:3000.
func (a *App) URL() string { return a.base.String() }

// at is the full URL of a request there; the host that an absolute target (http://host/path) names is not the app's.
func (a *App) at(q *http1.Request) string {
	target := q.Target
	if host := q.Authority(); host != "" {
		_, target, _ = strings.Cut(target, "://"+host)
	}
	return a.URL() + "/" + strings.TrimPrefix(target, "/")
}

// sibling is the same way of calling, to another address.
func (a *App) sibling(base *url.URL) (*App, error) {
	return NewApp(base.Scheme+"://"+base.Host, a.opts)
}

// hostLine is what the Host line is replaced with, "" for not at all.
func (a *App) hostLine() string {
	if a.opts.HostHeader == "local" {
		return a.base.Host
	}
	return a.opts.HostHeader
}

// An appConn is one connection to the app, used for one exchange at a time.
type appConn struct {
	net.Conn
	r     *http1.Reader
	since time.Time // idle since

	// While stalled is set, a read that has nothing for stallAfter calls it, and then waits as long as it takes.
	stalled func() error
	heard   bool         // a byte of the answer has come
	wrote   atomic.Int64 // bytes of the request that left
}

// Write writes to the app. Of TLS a record counts once it has left whole: of less the app can read nothing.
func (c *appConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.wrote.Add(int64(n))
	return n, err
}

// stallAfter is how long the rest of an answer is waited for before what is there is passed on.
const stallAfter = 25 * time.Millisecond

// Read reads from the app. The stall is seen here, below the HTTP code, so that nobody has to resume a read that
// timed out half-way through a chunk.
func (c *appConn) Read(p []byte) (int, error) {
	if c.stalled == nil {
		n, err := c.Conn.Read(p)
		c.heard = c.heard || n > 0
		return n, err
	}
	if err := c.SetReadDeadline(time.Now().Add(stallAfter)); err != nil {
		return 0, err
	}
	n, err := c.Conn.Read(p)
	if n > 0 || !isTimeout(err) {
		return n, err
	}
	stalled := c.stalled
	if err := c.wait(); err != nil {
		return 0, err
	}
	if err := stalled(); err != nil {
		return 0, err
	}
	return c.Conn.Read(p)
}

// wait makes reads wait as long as it takes from now on.
func (c *appConn) wait() error {
	c.stalled = nil
	return c.SetReadDeadline(time.Time{})
}

func isTimeout(err error) bool {
	var ne net.Error
	return errors.As(err, &ne) && ne.Timeout()
}

// connect gives a connection to the app: one that was just used and is still open, or a new one.
func (a *App) connect(ctx context.Context) (*appConn, error) {
	for c := a.takeIdle(); c != nil; c = a.takeIdle() {
		if time.Since(c.since) < reuseFor && stillOpen(c.Conn) {
			return c, nil
		}
		c.close()
	}
	conn, err := a.dial(ctx)
	if err != nil {
		return nil, err
	}
	c := &appConn{Conn: conn}
	c.r = http1.NewReader(c)
	return c, nil
}

func (a *App) takeIdle() *appConn {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.idle) == 0 {
		return nil
	}
	c := a.idle[len(a.idle)-1]
	a.idle = a.idle[:len(a.idle)-1]
	return c
}

// keep takes back a connection whose exchange ended cleanly.
func (a *App) keep(c *appConn) {
	c.since, c.heard, c.stalled = time.Now(), false, nil
	c.wrote.Store(0)
	if c.SetDeadline(time.Time{}) != nil {
		c.close()
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed || len(a.idle) >= maxIdle {
		c.close()
		return
	}
	c.r.Release()
	a.idle = append(a.idle, c)
	if !a.sweeping {
		a.sweeping = true
		time.AfterFunc(reuseFor, a.sweep)
	}
}

// sweep closes what has been idle too long, and comes again while anything is left.
func (a *App) sweep() {
	a.mu.Lock()
	defer a.mu.Unlock()
	n := 0
	for n < len(a.idle) && time.Since(a.idle[n].since) >= reuseFor {
		a.idle[n].close()
		n++
	}
	a.idle = append(a.idle[:0], a.idle[n:]...)
	if a.sweeping = len(a.idle) > 0; a.sweeping {
		time.AfterFunc(reuseFor, a.sweep)
	}
}

func (a *App) closeIdle() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.closed = true
	for _, c := range a.idle {
		c.close()
	}
	a.idle = nil
}

func (c *appConn) close() {
	c.r.Release()
	_ = c.Conn.Close()
}

// dial opens a connection. "localhost" is tried on both families, since an app may listen on either alone; the one
// that answered last is tried first.
func (a *App) dial(ctx context.Context) (net.Conn, error) {
	var d net.Dialer
	var first error // of the address most likely meant; the other one's adds nothing
	for _, addr := range a.addresses() {
		conn, err := d.DialContext(ctx, "tcp", addr)
		if err != nil {
			if first == nil {
				first = err
			}
			continue
		}
		a.last.Store(&addr)
		a.tellOpened()
		if a.base.Scheme != "https" {
			return conn, nil
		}
		return a.secure(ctx, conn)
	}
	return nil, &dialError{a, first}
}

func (a *App) addresses() []string {
	if !strings.EqualFold(a.host, "localhost") {
		return []string{net.JoinHostPort(a.host, a.port)}
	}
	six, four := net.JoinHostPort("::1", a.port), net.JoinHostPort("127.0.0.1", a.port)
	if last := a.last.Load(); last != nil && *last == six {
		return []string{six, four}
	}
	return []string{four, six}
}

func (a *App) secure(ctx context.Context, conn net.Conn) (net.Conn, error) {
	t := tls.Client(conn, &tls.Config{
		ServerName:         a.host,
		InsecureSkipVerify: a.opts.Insecure, //nolint:gosec // asked for by --insecure, for the developer's own app
		NextProtos:         []string{"http/1.1"},
		MinVersion:         tls.VersionTLS12,
	})
	if err := t.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("no TLS connection to %s: %w", a.base.Host, err)
	}
	return t, nil
}

// A dialError says in words that nothing took the connection.
type dialError struct {
	app   *App
	cause error
}

func (e *dialError) Unwrap() error { return e.cause }

func (e *dialError) Error() string {
	if errors.Is(e.cause, syscall.ECONNREFUSED) {
		return "nothing listens on " + e.app.base.Host
	}
	if isTimeout(e.cause) {
		return e.app.base.Host + " did not take the connection in time"
	}
	return fmt.Sprintf("no connection to %s: %v", e.app.base.Host, e.cause)
}

// local reports whether the address is this machine's own.
func (a *App) local() bool {
	if strings.EqualFold(a.host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(a.host)
	return err == nil && ip.Unmap().IsLoopback()
}
