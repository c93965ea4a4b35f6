package config

import (
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Relay is what `devhook relay` works from. Every field has been checked.
type Relay struct {
	Bind           string // address of the public ports, "" for all interfaces
	Ports          []int  // public ports, ascending
	PortsGiven     bool   // false when Ports is the default
	PublicHost     string // what agents announce, "" when they are to find out
	SSH            string // HOST:PORT agents log in at
	HTTP           string // HOST:PORT agents come to by WebSocket
	State          string // directory of what outlives the relay
	AuthorizedKeys string // file of the keys that may log in
	Allow          []netip.Prefix
	Metrics        string // HOST:PORT of metrics and health, "" for none
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
	if len(l.faults) > 0 {
		return nil, l.faults
	}
	return l.server, nil
}

// serverSettings lists every word of a relay, in the order in which faults are reported.
func serverSettings() []setting {
	return []setting{
		{"bind", "", (*loader).setServerBind},
		{"ports", "", (*loader).setPorts},
		{"public-host", "", (*loader).setPublicHost},
		{"ssh", "", (*loader).setSSH},
		{"http", "", (*loader).setHTTP},
		{"state", "", (*loader).setState},
		{"authorized-keys", "", (*loader).setAuthorizedKeys},
		{"allow", "", (*loader).setAllow},
		{"metrics", "", (*loader).setMetrics},
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
	l.server.Ports = []int{80, 8000, 8080}
	v, ok := one(values)
	if !ok {
		return
	}
	l.server.Ports, l.server.PortsGiven = nil, true
	const hint = "write some of 80, 8000 and 8080, with commas: --ports 80,8080"
	for text := range strings.SplitSeq(v.text, ",") {
		text = strings.TrimSpace(text)
		port, err := strconv.Atoi(text)
		switch {
		case err != nil || !validPort(text):
			l.fault(v.at, hint, "%q is no port", text)
		case port == 443 || port == 8443:
			l.fault(v.at, hint, "port %d is for https and needs a certificate, which this relay can't have yet", port)
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

// setAllow takes any number of blocks, each value one or several.
func (l *loader) setAllow(values []value) {
	const hint = "write blocks such as 192.0.2.0/24 or 2001:db8::/32, or single addresses"
	for _, v := range values {
		parts := strings.FieldsFunc(v.text, func(r rune) bool { return r == ',' || r == ' ' })
		if len(parts) == 0 {
			l.fault(v.at, hint, "no address is named that may call")
		}
		for _, text := range parts {
			p, err := netip.ParsePrefix(text)
			if a, no := netip.ParseAddr(text); no == nil {
				p, err = netip.PrefixFrom(a, a.BitLen()), nil
			}
			if err != nil {
				l.fault(v.at, hint, "%q is no block of addresses", text)
				continue
			}
			l.server.Allow = append(l.server.Allow, p.Masked())
		}
	}
}
