package config

import (
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Relay is what `devhook relay` works from. Every field has been checked.
type Relay struct {
	Bind           string // address of the public ports, "" for all interfaces
	Ports          []int  // public ports, ascending
	PortsGiven     bool   // false when Ports is the default
	Domain         string // names are given under it; "" for none
	PublicHost     string // what agents announce, "" when they are to find out
	TLSCert        string // PEM files of the certificate and its key, "" for none
	TLSKey         string
	ACME           *ACME  // where certificates are had from, nil for nowhere
	SSH            string // HOST:PORT agents log in at
	HTTP           string // HOST:PORT agents come to by WebSocket
	State          string // directory of what outlives the relay
	AuthorizedKeys string // file of the keys that may log in
	Allow          []netip.Prefix
	AllowNames     []string      // providers whose addresses are among them
	Visitors       []Secret      // user:password of who may call; none: nobody is asked
	Metrics        string        // HOST:PORT of metrics and health, "" for none
	Hold           time.Duration // how long requests are kept for agents that are away and ask for it; 0: not at all
	HoldSize       int64         // bytes of all that are kept for one key
}

// ACME is the authority that gives certificates (RFC 8555).
type ACME struct {
	Email     string // that it may write to, "" for none
	Directory string // URL, "" for Let's Encrypt's
	CA        string // PEM file of who vouches for the directory itself, "" for the system's
}

// LoadRelay reads and checks a relay's settings: flags and the environment, no
// file. Its error is a Faults.
func LoadRelay(src Sources) (*Relay, error) {
	l := &loader{src: src, cfg: &Config{}, server: &Relay{}, given: map[string][]value{}}
	l.addEnv(l.fromEnv())
	l.fromFlags()
	for _, s := range serverSettings() {
		s.set(l, l.given[s.word])
	}
	l.checkServer()
	if len(l.faults) > 0 {
		return nil, l.faults
	}
	return l.server, nil
}

// serverSettings lists every word of a relay, in the order in which faults are reported.
func serverSettings() []setting {
	return []setting{
		{word: "bind", set: (*loader).setServerBind},
		{word: "ports", set: (*loader).setPorts},
		{word: "domain", set: (*loader).setDomain},
		{word: "public-host", set: (*loader).setPublicHost},
		{word: "ssh", set: (*loader).setSSH},
		{word: "http", set: (*loader).setHTTP},
		{word: "tls-cert", set: (*loader).setServerTLS},
		{word: "tls-key", set: (*loader).setServerTLS},
		{word: "acme-email", set: acme((*loader).takeACMEEmail)},
		{word: "acme-directory", set: acme((*loader).takeACMEDirectory)},
		{word: "acme-ca", set: acme((*loader).takeACMEAuthority)},
		{word: "state", set: (*loader).setState},
		{word: "authorized-keys", set: (*loader).setAuthorizedKeys},
		{word: "allow", set: (*loader).setAllow},
		{word: "metrics", set: (*loader).setMetrics},
		{word: "visitor-auth", set: (*loader).setVisitors},
		{word: "hold", set: (*loader).setServerHold},
		{word: "hold-size", set: (*loader).setServerHoldSize},
	}
}

// setServerBind differs from an agent's bind: a relay is there to be reached, so
// its default is all interfaces.
func (l *loader) setServerBind(values []value) {
	if len(values) > 0 {
		l.setBind(values)
		l.server.Bind = l.cfg.Bind
	}
}

func (l *loader) setPorts(values []value) {
	v, ok := one(values)
	if !ok {
		l.server.Ports = []int{80, 8000, 8080}
		if l.certified() {
			l.server.Ports = []int{80, 443, 8000, 8080, 8443}
		}
		return
	}
	l.server.PortsGiven = true
	const hint = "write some of 80, 443, 8000, 8080 and 8443, with commas: --ports 80,8080"
	for text := range strings.SplitSeq(v.text, ",") {
		text = strings.TrimSpace(text)
		port, err := strconv.Atoi(text)
		switch {
		case err != nil || !validPort(text):
			l.fault(v.at, hint, "%q is no port", text)
		case (port == 443 || port == 8443) && !l.certified():
			l.fault(v.at, "name one with --tls-cert and --tls-key, or have them made: --acme-email you@example.com",
				"port %d is for https and needs a certificate", port)
		case !slices.Contains(Ports(), port):
			l.fault(v.at, hint, "port %d can't be public", port)
		case slices.Contains(l.server.Ports, port):
			l.fault(v.at, hint, "port %d is named twice", port)
		default:
			l.server.Ports = append(l.server.Ports, port)
		}
	}
	slices.Sort(l.server.Ports)
}

func (l *loader) setPublicHost(values []value) {
	v, ok := one(values)
	if !ok {
		return
	}
	host := strings.ToLower(v.text)
	if _, err := netip.ParseAddr(host); err != nil && !validHost(host) {
		l.fault(v.at, "write the bare name or address callers use: --public-host relay.example.com", "%q is no host", bare(v.text))
		return
	}
	l.server.PublicHost = host
}

// validHost accepts a name as DNS and URLs take it.
func validHost(host string) bool {
	if len(host) > 253 {
		return false
	}
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return false
		}
	}
	return true
}

func (l *loader) setSSH(values []value) {
	l.server.SSH = ":2222"
	if v, ok := one(values); ok {
		l.server.SSH = l.listenAddress(v, "--ssh :2222 or --ssh 192.0.2.7:2222")
	}
}

func (l *loader) setHTTP(values []value) {
	l.server.HTTP = ":7080"
	if v, ok := one(values); ok {
		l.server.HTTP = l.listenAddress(v, "--http :7080 or --http 192.0.2.7:7080")
	}
}

// setMetrics takes a port alone as one of this machine: what is told there is for its operator.
func (l *loader) setMetrics(values []value) {
	v, ok := one(values)
	if !ok {
		return
	}
	if validPort(v.text) || v.text == "0" {
		v.text = "127.0.0.1:" + v.text
	}
	l.server.Metrics = l.listenAddress(v, "--metrics 9464 or --metrics 10.0.0.7:9464")
}

// listenAddress checks [HOST]:PORT, or PORT alone; port 0 lets the system choose.
func (l *loader) listenAddress(v value, example string) string {
	text := v.text
	if !strings.Contains(text, ":") {
		text = ":" + text
	}
	host, port, err := net.SplitHostPort(text)
	_, notIP := netip.ParseAddr(host)
	if err != nil || host != "localhost" && host != "" && notIP != nil || port != "0" && !validPort(port) {
		l.fault(v.at, "write "+example, "%q is no address to listen on", v.text)
	}
	return text
}

func (l *loader) setState(values []value) {
	if v, ok := one(values); ok {
		if v.text == "" {
			l.fault(v.at, "name a directory, or leave --state out for the usual place", "the path of the relay's state is empty")
		}
		l.server.State = v.text
		return
	}
	dir, ok := StateDir(l.src.Env)
	if !ok {
		l.fault(place{}, "set HOME or XDG_STATE_HOME, or name a directory with --state", "no home directory is known, so the relay's state has no place")
	}
	l.server.State = filepath.Join(dir, "relay")
}

func (l *loader) setAuthorizedKeys(values []value) {
	l.server.AuthorizedKeys = filepath.Join(l.server.State, "authorized_keys")
	if v, ok := one(values); ok {
		if v.text == "" {
			l.fault(v.at, "name a file, or leave --authorized-keys out for STATE/authorized_keys", "the path of the authorised keys is empty")
		}
		l.server.AuthorizedKeys = v.text
	}
}
