package tunnel

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
)

// A RefusedError says that something answered in place of a relay: another server, a proxy, a captive portal. It may be
// gone later, so a Listener that has been online goes on trying.
type RefusedError struct {
	Status int    // of its HTTP answer, 0 if it gave none
	Reason string // for people
	Err    error  // what led to it, may be nil
}

func (e *RefusedError) Error() string { return e.Reason }

func (e *RefusedError) Unwrap() error { return e.Err }

// refusal judges an answer other than a sound 101.
func refusal(res *http.Response) error {
	said := fmt.Sprintf("answered %d", res.StatusCode)
	e := &RefusedError{Status: res.StatusCode}
	switch s := res.StatusCode; {
	case s == http.StatusSwitchingProtocols:
		e.Reason = "not a devhook relay: its WebSocket handshake is unsound"
	case s < 300 && isPage(res):
		e.Reason = "not a devhook relay: " + said + " with a web page, as other servers and captive portals do"
	case s < 300:
		e.Reason = "not a devhook relay: " + said + " instead of opening a WebSocket"
	case s < 400:
		e.Reason = said + ", go to " + strings.ToValidUTF8(elsewhere(res), "?") + ": the relay's address is another one, or this network wants a login"
	case s == http.StatusUnauthorized, s == http.StatusForbidden:
		e.Reason = "refused: something before the relay " + said
	case s == http.StatusProxyAuthRequired:
		e.Reason = "the proxy wants a login: " + said
	case s == http.StatusNotFound:
		e.Reason = "not a devhook relay: " + said + " for " + WebSocketPath
	case s == http.StatusBadRequest && overTLS(res):
		e.Reason = "the server speaks TLS: use wss://"
	case s == http.StatusUpgradeRequired:
		e.Reason = said + ": a proxy in between took the WebSocket upgrade away"
	case s >= 500:
		e.Reason = said + ": the relay is not there, or a server before it can't reach it"
	default:
		e.Reason = "not a devhook relay: " + said
	}
	return e
}

func isPage(res *http.Response) bool {
	kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	return kind == "text/html" || kind == "application/xhtml+xml"
}

// elsewhere is where a redirect goes, without what may be secret in it.
func elsewhere(res *http.Response) string {
	u, err := res.Location()
	if err != nil {
		return "nowhere"
	}
	u.User, u.RawQuery, u.Fragment = nil, "", ""
	return u.String()
}

// overTLS knows how servers answer HTTP where they expect TLS. The body is short: gorilla keeps 1 KiB of it.
func overTLS(res *http.Response) bool {
	b, _ := io.ReadAll(res.Body)
	return strings.Contains(string(b), "HTTPS")
}

// misdirected knows servers of other protocols.
func misdirected(u *url.URL, err error) string {
	var plain tls.RecordHeaderError
	switch {
	case errors.As(err, &plain) && u.Scheme == "wss" && strings.HasPrefix(string(plain.RecordHeader[:]), "SSH-"):
		return "the server speaks SSH: use ssh://"
	case errors.As(err, &plain):
		return "the server speaks no TLS: use ws://"
	case err != nil && strings.Contains(err.Error(), `malformed HTTP`) && strings.Contains(err.Error(), "SSH-"):
		return "the server speaks SSH: use ssh://"
	}
	return ""
}
