package config

import (
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// setting is one word and how its value becomes a field. set is called even
// when no value was given, so that it can fill in the default.
type setting struct {
	word string
	file string // key in devhook.yaml, "" if the file cannot hold it
	set  func(*loader, []value)
	many bool // the file may hold a list
}

// settings lists every word, in the order in which faults are reported.
func settings() []setting {
	return []setting{
		{word: "local", file: "local", set: (*loader).setLocal},
		{word: "host-header", file: "host_header", set: (*loader).setHostHeader},
		{word: "insecure", file: "insecure", set: boolean(func(c *Config) *bool { return &c.Insecure })},
		{word: "timeout", file: "timeout", set: (*loader).setTimeout},
		{word: "bind", file: "bind", set: (*loader).setBind},
		{word: "port", file: "port", set: (*loader).setPort},
		{word: "name", file: "name", set: (*loader).setName},
		{word: "relay", file: "relay", set: (*loader).setRelay},
		{word: "identity", file: "identity", set: (*loader).setIdentity},
		{word: "accept-new-host-key", set: boolean(func(c *Config) *bool { return &c.AcceptHostKey })},
		{word: "tls-cert", file: "tls_cert", set: path("certificate", func(c *Config) *string { return &c.TLSCert })},
		{word: "tls-key", file: "tls_key", set: path("certificate's key", func(c *Config) *string { return &c.TLSKey })},
		{word: "public-url", file: "public_url", set: (*loader).setPublicURL},
		{word: "trusted-proxies", file: "trusted_proxies", set: (*loader).setTrusted, many: true},
		{word: "reject-invalid", file: "reject_invalid", set: boolean(func(c *Config) *bool { return &c.RejectInvalid })},
		{word: "answer-challenges", file: "answer_challenges", set: boolean(func(c *Config) *bool { return &c.AnswerChallenges })},
		{word: "hold", file: "hold", set: (*loader).setHold},
		{word: "verify", set: (*loader).setRoutes},
		{word: "register", file: "register", set: (*loader).setRegister},
		{word: "credential", file: "credential", set: (*loader).setCredential},
		{word: "api", file: "api", set: (*loader).setAPI},
		{word: "project", file: "project", set: (*loader).setProject},
		{word: "inspect", file: "inspect", set: (*loader).setInspect},
		{word: "inspect-token", file: "inspect_token", set: (*loader).setInspectToken},
		{word: "db", file: "db", set: (*loader).setDB},
		{word: "keep", file: "keep", set: (*loader).setKeep},
		{word: "keep-size", file: "keep_size", set: (*loader).setKeepSize},
	}
}

func boolean(field func(*Config) *bool) func(*loader, []value) {
	return func(l *loader, values []value) {
		v, ok := one(values)
		if !ok {
			return
		}
		b, err := strconv.ParseBool(v.text)
		if err != nil {
			l.fault(v.at, "write true or false", "%q is neither true nor false", v.text)
			return
		}
		*field(l.cfg) = b
	}
}

func (l *loader) setHostHeader(values []value) {
	v, ok := one(values)
	if !ok {
		return
	}
	if v.text == "" || strings.ContainsAny(v.text, " \t\r\n\x00/") {
		l.fault(v.at, "write a host such as shop.test or shop.test:3000, or local for the app's own", "%q can't be a Host line", v.text)
		return
	}
	l.cfg.HostHeader = v.text
}

const defaultTimeout = 60 * time.Second

func (l *loader) setTimeout(values []value) {
	v, ok := one(values)
	if !ok {
		l.cfg.Timeout = defaultTimeout
		return
	}
	d, err := time.ParseDuration(v.text)
	if err != nil || d < 0 {
		l.fault(v.at, "write 60s or 5m; 0 waits for ever", "%q is no time the app may take", v.text)
		return
	}
	l.cfg.Timeout = d
}

func (l *loader) setBind(values []value) {
	l.cfg.Bind = "127.0.0.1"
	v, ok := one(values)
	if !ok {
		return
	}
	addr, err := netip.ParseAddr(v.text)
	switch {
	case v.text == "localhost":
	case err == nil:
		l.cfg.Bind = addr.String()
	default:
		l.fault(v.at, "write an address of this machine without a port: 127.0.0.1, 0.0.0.0 for all", "%q is no address to listen on", v.text)
	}
}

func (l *loader) setPort(values []value) {
	v, ok := one(values)
	if !ok {
		return
	}
	const hint = "use 80, 443, 8000, 8080 or 8443; senders like Telerivet call no other port"
	port, err := strconv.Atoi(v.text)
	if err != nil || strings.HasPrefix(v.text, "+") {
		l.fault(v.at, hint, "%q is no port", v.text)
		return
	}
	for _, allowed := range Ports() {
		if port == allowed {
			l.cfg.Port = port
			return
		}
	}
	l.fault(v.at, hint, "port %d can't be public", port)
}

func (l *loader) setDB(values []value) {
	if v, ok := one(values); ok {
		if v.text == "" {
			l.fault(v.at, "write a file name, or leave --db out for the usual place", "the path of the database is empty")
			return
		}
		l.cfg.DB, l.cfg.DBGiven = v.text, true
		return
	}
	dir, ok := StateDir(l.src.Env)
	if !ok {
		l.fault(place{}, "set HOME or XDG_STATE_HOME, or name a file with --db", "no home directory is known, so the database has no place")
		return
	}
	l.cfg.DB = filepath.Join(dir, "devhook.db")
}

// StateDir is where devhook keeps what must outlive it:
// $XDG_STATE_HOME/devhook, or ~/.local/state/devhook; %LocalAppData%\devhook on
// Windows. ok is false when the environment names no home.
func StateDir(environ []string) (dir string, ok bool) {
	// A relative XDG path is invalid and to be ignored (XDG Base Directory Specification).
	if xdg := lookup(environ, "XDG_STATE_HOME"); filepath.IsAbs(xdg) {
		return filepath.Join(xdg, "devhook"), true
	}
	if runtime.GOOS == "windows" {
		local := lookup(environ, "LocalAppData")
		return filepath.Join(local, "devhook"), local != ""
	}
	home := lookup(environ, "HOME")
	return filepath.Join(home, ".local", "state", "devhook"), home != ""
}

// lookup finds a variable; the last entry of a name counts, as in os/exec.
func lookup(environ []string, name string) string {
	text, _ := lookupOK(environ, name)
	return text
}

func lookupOK(environ []string, name string) (text string, ok bool) {
	for _, entry := range environ {
		key, val, _ := strings.Cut(entry, "=")
		if key == name || runtime.GOOS == "windows" && strings.EqualFold(key, name) {
			text, ok = val, true
		}
	}
	return text, ok
}

// exists says whether a name is there, even if it is a link that leads nowhere.
func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
