package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"strings"
)

// safety are the headers of every answer. Captured data can't run, can't load anything, can't be framed or sniffed,
// and stays in no cache. Addresses of pages are told to no other site; to our own they must be, or a browser would call
// the origin of a form "null".
var safety = map[string]string{
	"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
		"form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
	"X-Content-Type-Options":       "nosniff",
	"X-Frame-Options":              "DENY",
	"Referrer-Policy":              "same-origin", // with "no-referrer" a form would come from the origin "null"
	"Cross-Origin-Opener-Policy":   "same-origin",
	"Cross-Origin-Resource-Policy": "same-origin",
	"Cache-Control":                "no-store",
}

// guard turns away, before any handler runs: names that aren't ours (DNS rebinding), other users of this machine,
// pages of other origins, and, if a token is asked for, those without it.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for k, v := range safety {
			w.Header().Set(k, v)
		}
		switch {
		case !s.ownHost(r.Host):
			w.WriteHeader(http.StatusMisdirectedRequest)
		case !s.ownUser(r):
			w.WriteHeader(http.StatusForbidden)
		case !s.ownOrigin(r):
			refuse(w, r, fault{status: http.StatusForbidden, detail: "only pages of the inspector itself may ask for this"})
		case s.cfg.Token != "" && !s.admitted(r):
			s.askToken(w, r)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// refuse answers without anything of the page: the one who asks may be a stranger.
func refuse(w http.ResponseWriter, r *http.Request, f fault) {
	if isAPI(r) {
		problem(w, f)
		return
	}
	http.Error(w, sentence(f.detail), f.status)
}

func (s *Server) ownHost(host string) bool {
	return slices.ContainsFunc(s.cfg.Hosts, func(h string) bool { return strings.EqualFold(h, host) })
}

// ownOrigin says that a request comes from no page or from one of ours. A page elsewhere may only link here: open a
// page in a window of its own.
func (s *Server) ownOrigin(r *http.Request) bool {
	if s.crossOrigin.Check(r) != nil {
		return false
	}
	for _, o := range r.Header.Values("Origin") {
		if !strings.EqualFold(o, "http://"+r.Host) {
			return false
		}
	}
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
		return true
	}
	read := r.Method == http.MethodGet || r.Method == http.MethodHead
	return read && !isAPI(r) && r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document"
}

// admitted says that a request carries the token: as a bearer, or as the cookie it was exchanged for.
func (s *Server) admitted(r *http.Request) bool {
	if t, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return same(t, s.cfg.Token)
	}
	for _, c := range r.CookiesNamed(cookieName(r)) {
		if same(c.Value, s.cookie()) {
			return true
		}
	}
	return false
}

// cookie stands for the token in the browser: derived from it, so that a restart keeps it valid and the token itself
// is in no cookie jar.
func (s *Server) cookie() string {
	m := hmac.New(sha256.New, []byte(s.cfg.Token))
	m.Write([]byte("devhook inspector cookie"))
	return hex.EncodeToString(m.Sum(nil))
}

// cookieName has the port in it: cookies are shared by all ports of a host.
func cookieName(r *http.Request) string {
	_, port, err := net.SplitHostPort(r.Host)
	if err != nil {
		port = "80"
	}
	return "devhook_" + port
}

// askToken exchanges the token in an address for the cookie and takes it out of the address, or asks for it.
func (s *Server) askToken(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if r.Method == http.MethodGet && same(q.Get("token"), s.cfg.Token) {
		q.Del("token")
		http.SetCookie(w, &http.Cookie{
			Name: cookieName(r), Value: s.cookie(), Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode,
		})
		http.Redirect(w, r, localPath(r.URL.EscapedPath())+query(q), http.StatusSeeOther)
		return
	}
	w.Header().Set("WWW-Authenticate", `Bearer realm="devhook"`)
	refuse(w, r, fault{status: http.StatusUnauthorized, detail: "open the inspector with the address that devhook up printed: it has the token in it"})
}

// localPath keeps a redirect on this host: "//elsewhere" would leave it.
func localPath(p string) string { return "/" + strings.TrimLeft(p, `/\`) }

func same(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// ownUser says that the far end of the connection belongs to this user or to root. Connections from other machines
// have no owner here: they need the token.
func (s *Server) ownUser(r *http.Request) bool {
	if p, ok := r.Context().Value(peerKey{}).(*peer); ok {
		return p.allowed(s)
	}
	local, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	remote, err := netip.ParseAddrPort(r.RemoteAddr)
	if local == nil || err != nil {
		return s.cfg.PeerUID == nil
	}
	return s.allowed(local, net.TCPAddrFromAddrPort(remote))
}

func (s *Server) allowed(local, remote net.Addr) bool {
	l, r := addrPort(local).Addr(), addrPort(remote).Addr()
	if !l.IsLoopback() && !r.IsLoopback() && l != r {
		return s.cfg.Token != ""
	}
	if s.cfg.PeerUID == nil {
		return true
	}
	uid, err := s.cfg.PeerUID(local, remote)
	if errors.Is(err, errors.ErrUnsupported) {
		return true
	}
	if err != nil {
		s.log.Warn("web: owner of a connection is unknown, so it is refused", "from", remote.String(), "err", err)
		return false
	}
	return uid == 0 || uid == os.Getuid()
}

// addrPort is a TCP address in its plain form: IPv4 as IPv4, no zone.
func addrPort(a net.Addr) netip.AddrPort {
	t, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}
	}
	p := t.AddrPort()
	return netip.AddrPortFrom(p.Addr().Unmap().WithZone(""), p.Port())
}
