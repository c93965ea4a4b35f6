package relay

import (
	"log/slog"
	"net"
	"net/http"

	"devhook/tunnel"
)

const upgradeHead = 8 << 10 // bytes of the request that opens a WebSocket

// WebSocket takes agents that come by WebSocket to tunnel.WebSocketPath, and answers 404 everywhere else. Once opened, a
// WebSocket is served as ServeSSH serves a TCP connection: the same login, the same limits. An agent's address is that
// of the connection; headers that a proxy may set are not believed.
//
// ServeWebSocket also bounds connections that have not sent their request yet; another http.Server has to do so itself.
func (s *Server) WebSocket() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := tunnel.AcceptWebSocket(w, r)
		if err != nil {
			s.cfg.Log.Debug("no agent", "from", r.RemoteAddr, "err", err)
			return
		}
		if !s.hold() {
			_ = c.Close()
			return
		}
		defer s.running.Done()
		defer s.contain(func() { _ = c.Close() })
		s.serveAgent(c)
	})
}

// hold makes Close wait for what the caller does until running.Done, unless it is too late.
func (s *Server) hold() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.running.Add(1)
	return true
}

// ServeWebSocket accepts agents by WebSocket until the Server is shut down, which is no error.
func (s *Server) ServeWebSocket(ln net.Listener) error {
	h := &http.Server{
		Handler: s.WebSocket(), ConnState: s.watchDoor,
		ReadHeaderTimeout: s.cfg.Limits.Handshake, ReadTimeout: s.cfg.Limits.Handshake, WriteTimeout: s.cfg.Limits.Handshake,
		MaxHeaderBytes: upgradeHead, DisableGeneralOptionsHandler: true,
		ErrorLog: slog.NewLogLogger(s.cfg.Log.Handler(), slog.LevelDebug),
	}
	h.SetKeepAlivesEnabled(false)
	return s.serveHTTP(h, ln)
}

// watchDoor counts a connection among those that have not proven themselves, until it is upgraded: serveAgent counts it
// from there.
func (s *Server) watchDoor(c net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		if !s.door.enter(c) {
			_ = c.Close()
		}
	case http.StateHijacked, http.StateClosed:
		s.door.leave(c)
	}
}
