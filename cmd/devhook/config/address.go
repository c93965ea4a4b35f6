package config

import (
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

const localHint = "write the app's port, host:port or URL: devhook up 3000, devhook up http://localhost:3000"

func (l *loader) setLocal(values []value) {
	v, ok := one(values)
	if !ok {
		// Where the file is faulty, the app may stand in what could not be read.
		if l.src.NeedLocal && (l.cfg.File == "" || len(l.faults) == 0) {
			at, hint := place{}, localHint
			if l.inside != nil {
				at, hint = l.inside.at, "write local: 3000 into it"
			}
			l.fault(at, hint, "no app is named")
		}
		return
	}
	base, problem := parseLocal(v.text)
	if problem != "" {
		l.fault(v.at, localHint, "%q %s", bare(v.text), problem)
		return
	}
	l.cfg.Local = base
	l.apps = append(l.apps, app{base, v.at})
}

// app is an app's base URL, and where it was written.
type app struct {
	base string
	at   place
}

// parseLocal turns PORT, HOST:PORT or URL into a base URL, or says what is wrong.
func parseLocal(text string) (base, problem string) {
	if strings.Contains(text, "://") {
		return parseBase(text)
	}
	host, port := "localhost", text
	if strings.Contains(text, ":") {
		var err error
		if host, port, err = net.SplitHostPort(text); err != nil {
			return "", "is no host:port"
		}
		if host == "" {
			host = "localhost"
		}
	}
	if !validPort(port) {
		return "", "names no port between 1 and 65535"
	}
	return parseBase("http://" + net.JoinHostPort(host, port))
}

// parseBase checks a URL that stands for a whole server.
func parseBase(text string) (base, problem string) {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return "", "is no URL"
	case u.Scheme != "http" && u.Scheme != "https":
		return "", "is neither http nor https"
	case u.Hostname() == "":
		return "", "names no host"
	case u.User != nil:
		return "", "holds a user name or password"
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return "", "holds a query or fragment, which the sender's requests bring themselves"
	case strings.Trim(u.Path, "/") != "":
		return "", "holds a path, which the sender's requests bring themselves"
	case u.Port() != "" && !validPort(u.Port()):
		return "", "names no port between 1 and 65535"
	case strings.HasSuffix(u.Host, ":"):
		return "", "names no port after the colon"
	}
	return u.Scheme + "://" + strings.ToLower(u.Host), ""
}

// bare is an address as a fault may show it: what stands before the @ can hold
// a password.
func bare(text string) string {
	at := strings.LastIndex(text, "@")
	if at < 0 {
		return text
	}
	scheme, _, found := strings.Cut(text[:at], "://")
	if !found {
		return "…" + text[at:]
	}
	return scheme + "://…" + text[at:]
}

// validPort wants plain ASCII digits: Atoi would take a sign.
func validPort(text string) bool {
	if strings.Trim(text, "0123456789") != "" {
		return false
	}
	n, err := strconv.Atoi(text)
	return err == nil && n >= 1 && n <= 65535
}

func (l *loader) setPublicURL(values []value) {
	v, ok := one(values)
	if !ok {
		return
	}
	base, problem := parseBase(v.text)
	if problem != "" {
		l.fault(v.at, "write what senders call, without a path: https://shop.example.com", "%q %s", bare(v.text), problem)
		return
	}
	l.cfg.PublicURL = base
}

func (l *loader) setInspect(values []value) {
	l.cfg.Inspect = "localhost:4040"
	v, ok := one(values)
	if !ok || v.text == Off {
		if ok {
			l.cfg.Inspect = Off
		}
		return
	}
	text := v.text
	if !strings.Contains(text, ":") {
		text = "localhost:" + text
	}
	host, port, err := net.SplitHostPort(text)
	_, notIP := netip.ParseAddr(host)
	// Port 0 lets the system choose.
	if err != nil || host != "localhost" && host != "" && notIP != nil || port != "0" && !validPort(port) {
		l.fault(v.at, "write host:port such as localhost:4040, or off", "%q is no address for the inspector", v.text)
		return
	}
	l.cfg.Inspect = net.JoinHostPort(host, port)
}

// checkInspect asks for a token where others could open the page.
func (l *loader) checkInspect() {
	_, asked := one(l.given["inspect-token"])
	if !l.uses("inspect") || l.cfg.Inspect == "" || l.cfg.Inspect == Off || asked {
		return
	}
	if host, _, _ := net.SplitHostPort(l.cfg.Inspect); !loopback(host) {
		v, _ := one(l.given["inspect"])
		l.fault(v.at, "export INSPECT_TOKEN and write --inspect-token env:INSPECT_TOKEN, or stay on localhost",
			"the inspector at %s can be reached by others and asks for no token", l.cfg.Inspect)
	}
}

// checkLoops refuses apps that are devhook itself.
func (l *loader) checkLoops() {
	if !l.uses("inspect") {
		return
	}
	for _, a := range l.apps {
		l.checkLoop(a)
	}
}

func (l *loader) checkLoop(a app) {
	host, port := HostPort(a.base)
	if l.cfg.Inspect != "" && l.cfg.Inspect != Off {
		if ih, ip, _ := net.SplitHostPort(l.cfg.Inspect); ip == strconv.Itoa(port) && sameHost(host, ih) {
			l.fault(a.at, "name your app's port, or move the inspector: --inspect localhost:4041",
				"%s is the inspector's own address", a.base)
		}
	}
	if l.cfg.Relay == nil && l.cfg.Port == port && sameHost(host, l.cfg.Bind) {
		l.fault(a.at, "name your app's port, or choose another --port",
			"%s is devhook's own public address", a.base)
	}
	if l.cfg.PublicURL == "" {
		return
	}
	if ph, pp := HostPort(l.cfg.PublicURL); ph == host && pp == port {
		l.fault(a.at, "name your app's port", "%s is devhook's own public address", a.base)
	}
}

// HostPort splits a base URL; the port is the scheme's when none is written.
func HostPort(base string) (host string, port int) {
	u, err := url.Parse(base)
	if err != nil {
		return "", 0
	}
	switch {
	case u.Port() != "":
		port, _ = strconv.Atoi(u.Port())
	case u.Scheme == "https":
		port = 443
	default:
		port = 80
	}
	return u.Hostname(), port
}

// Loopback says whether a base URL names this machine's loopback.
func Loopback(base string) bool {
	host, _ := HostPort(base)
	return loopback(host)
}

func loopback(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}

// sameHost says whether a connection to host can end at a listener on bind.
func sameHost(host, bind string) bool {
	if host == bind {
		return true
	}
	addr, err := netip.ParseAddr(bind)
	anywhere := bind == "" || err == nil && addr.IsUnspecified()
	return loopback(host) && (loopback(bind) || anywhere)
}
