package http1

import "strings"

// checkHost: one Host line in HTTP/1.1, one at most in HTTP/1.0; it may be empty (RFC 9112 §3.2).
func checkHost(count int, host string, minor int) *Error {
	switch {
	case count > 1:
		return bad("more than one Host line")
	case count == 0 && minor >= 1:
		return bad("no Host line")
	case !validHost(host):
		return bad("a Host that is no host name")
	}
	return nil
}

// validHost passes name, name:port, [address] and [address]:port, by their characters; the port may be empty.
func validHost(host string) bool {
	if firstNot(inHost, host) >= 0 {
		return false
	}
	name, port := host, ""
	if strings.HasPrefix(host, "[") {
		end := strings.IndexByte(host, ']')
		if end < 0 {
			return false
		}
		name, port = host[1:end], host[end+1:]
		if port != "" && port[0] != ':' {
			return false
		}
	} else if i := strings.IndexByte(host, ':'); i >= 0 {
		name, port = host[:i], host[i:]
	}
	if strings.ContainsAny(name, "[]") {
		return false
	}
	for i := 1; i < len(port); i++ {
		if !isDigit(port[i]) {
			return false
		}
	}
	return len(port) <= len(":65535")
}

// Authority returns the host[:port] that an absolute target names (GET http://host/path), or "" for any other target.
func (q *Request) Authority() string {
	_, authority, _ := q.absolute()
	return authority
}

// HostDiffers tells whether an absolute target names another host than the Host line does. Such a request has two readings: whoever
// routes by either should refuse it (400, or 421 where only one host is served).
func (q *Request) HostDiffers() bool {
	scheme, authority, ok := q.absolute()
	if !ok {
		return false
	}
	port := ""
	switch {
	case equalFold(scheme, "http"):
		port = ":80"
	case equalFold(scheme, "https"):
		port = ":443"
	}
	return !equalFold(strings.TrimSuffix(authority, port), strings.TrimSuffix(q.Get("Host"), port))
}

// absolute takes an absolute target apart.
func (q *Request) absolute() (scheme, authority string, ok bool) {
	scheme, rest, ok := strings.Cut(q.Target, "://")
	if !ok || scheme == "" || strings.ContainsAny(scheme, "/?#") {
		return "", "", false
	}
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		rest = rest[:i]
	}
	return scheme, rest, true
}
