// Package config turns what a user wrote into one checked Config.
//
// The same words are read from three places: a flag (--public-url), an
// environment variable (DEVHOOK_PUBLIC_URL) and a key of devhook.yaml
// (public_url). A flag wins over the environment, the environment over the
// file. Nothing unknown is passed over: a misspelt key, flag or DEVHOOK_
// variable is a fault, and all faults are reported together, each with the
// place where it stands and what to write instead.
//
// Secrets are never taken literally. A secret argument names where the secret
// is (env:NAME, file:PATH, keyring:NAME); its value is read here, kept in memory, and appears
// in no fault text.
//
// The package knows no other room of devhook: which senders exist is told to
// it, and what the settings do is the business of the commands.
package config

import (
	"net/netip"
	"slices"
	"time"
)

// Config is what the commands work from. Every field has been checked.
type Config struct {
	Local          string         // base URL of the app, e.g. "http://localhost:3000"; "" when none was named
	HostHeader     string         // Host line for the app; "" keeps the recorded one, "local" takes the app's own
	Insecure       bool           // accept any certificate of an https app
	Timeout        time.Duration  // how long the app may take; 0 is for ever
	Bind           string         // address of the embedded relay's public ports
	Port           int            // public port wanted: one of Ports, or 0 for the first free
	Name           string         // wanted on the relay, "" for any
	Relay          *RelayURL      // the relay elsewhere; nil for the embedded one
	Identity       string         // file of the key for it; "" leaves the choice to devhook
	AcceptHostKey  bool           // write down an unknown host key instead of asking
	TLSCert        string         // file of the certificate with which TLS ends here; "" when it doesn't
	TLSKey         string         // and of its key
	PublicURL      string         // what callers use, without a trailing slash; "" when devhook finds out itself
	TrustedProxies []netip.Prefix // whose X-Forwarded-For names the sender
	Routes         []Route        // which sender calls which path
	Senders        []Sender       // those that the file defines
	RejectInvalid  bool           // answer 403 to what fails verification
	Inspect        string         // HOST:PORT of the inspector, or Off
	InspectToken   string         // "" when none is asked
	DB             string         // path of the database
	DBGiven        bool           // false when DB is the default path
	Keep           time.Duration  // requests older than that are forgotten; 0: none for its age
	KeepSize       int64          // bytes of the database above which the oldest are forgotten; 0: no limit
	File           string         // the devhook.yaml that was read, "" when none

	Register *Register // where up registers its address; nil for nowhere

	AnswerChallenges bool // answer a sender's handshake in the app's place

	Hold *Hold // how senders are answered before the app is called; nil: with the app's answer

	Tunnel  string    // what this one of several tunnels is called; "" where there is one
	Tunnels []*Config // the tunnels of the file, each whole; nil: this is the only one. Routes are then those of all
	Apps    []string  // base URLs of all apps that are called, also by other tunnels

	Given map[string]string // where each word that was given stands: "--port", "DEVHOOK_PORT", "devhook.yaml:3:7"
}

// Route says which sender calls which path prefix, and with which secrets.
type Route struct {
	Path          string // starts with "/"
	Provider      string // one of Sources.Providers or of Config.Senders
	Secrets       []Secret
	Events        []string // only these take the route, * for any letters; none: all do
	Local         string   // base URL of its app; "" is Config.Local
	RejectInvalid bool
	Hold          *Hold // nil: the app answers
}

// Secret is a secret with the reference it came from, e.g. "env:STRIPE_SECRET".
// Only Ref may be shown.
type Secret struct{ Ref, Value string }

// Off as Config.Inspect means that no inspector page is served.
const Off = "off"

// Ports returns the public ports devhook may open, in the order in which a
// free one is chosen. Senders like Telerivet call no other port.
func Ports() []int { return []int{8080, 8000, 8443, 80, 443} }

// Sources is where settings are looked for.
type Sources struct {
	Flags     map[string][]string       // flags as given, by word without dashes; every value in order
	Env       []string                  // the environment, KEY=VALUE
	Providers []string                  // names of known senders
	Eventless []string                  // names of those whose events can't be told
	Registers []string                  // names of those that a public address can be registered with
	Define    func(Sender) *Flaw        // says what is wrong with a sender that the file defines; nil: nothing
	Networks  map[string][]netip.Prefix // where senders call from, by name; for those that publish it
	Uses      []string                  // words this command acts on; the others are neither checked nor resolved. nil: all
	Only      string                    // routes of other providers are passed over, with their secrets; "" for none
	NoSecrets bool                      // the secrets of routes are not read
	NeedLocal bool                      // a missing app address is a fault
	Opened    func(path string)         // is told of each file before it is read: devhook.yaml and those of secrets
	Pipes     map[string]string         // by path the secrets that pipes brought, which can't be read again; Load adds to it unless nil
	NoFile    bool                      // devhook.yaml is left alone
}

// Load reads and checks all sources. Its error is a Faults.
func Load(src Sources) (*Config, error) {
	l := &loader{src: src, cfg: &Config{}, given: map[string][]value{}}
	l.fromFile(l.fromEnv())
	l.fromFlags()
	if len(l.entries) > 0 {
		l.setTunnels()
	} else {
		l.setAll()
	}
	if len(l.faults) > 0 {
		return nil, l.faults
	}
	l.cfg.Given = l.places()
	return l.cfg, nil
}

// setAll fills in and checks every word of one tunnel.
func (l *loader) setAll() {
	for _, s := range settings() {
		if l.uses(s.word) && (l.inside == nil || !slices.Contains(shared, s.word)) {
			s.set(l, l.given[s.word])
		}
	}
	l.checkRelay()
	l.checkTLS()
	l.checkLoops()
	if l.inside == nil {
		l.checkInspect()
	}
	for _, a := range l.apps {
		if !slices.Contains(l.cfg.Apps, a.base) {
			l.cfg.Apps = append(l.cfg.Apps, a.base)
		}
	}
}

// All are the tunnels that the settings ask for: one, or those of the file.
func (c *Config) All() []*Config {
	if len(c.Tunnels) == 0 {
		return []*Config{c}
	}
	return c.Tunnels
}

// Named is the tunnel that is called so; nil if there is none. One alone has no name.
func (c *Config) Named(tunnel string) *Config {
	for _, t := range c.All() {
		if t.Tunnel == tunnel {
			return t
		}
	}
	return nil
}

// Of is the tunnel that has a route for a sender; all of it if none has.
func (c *Config) Of(provider string) *Config {
	for _, t := range c.Tunnels {
		if slices.ContainsFunc(t.Routes, func(r Route) bool { return r.Provider == provider }) {
			return t
		}
	}
	return c
}

// places tells where the words that this command uses were given.
func (l *loader) places() map[string]string {
	all := map[string]string{}
	for _, s := range settings() {
		if v, ok := one(l.given[s.word]); ok && l.uses(s.word) {
			all[s.word] = v.at.name
		}
	}
	return all
}

// value is one value with the place it came from.
type value struct {
	text string
	at   place
}

// loader gathers values by word, the later source replacing the earlier one.
type loader struct {
	src     Sources
	cfg     *Config
	server  *Relay // what LoadRelay fills
	given   map[string][]value
	routes  []fileRoute
	entries []*entry
	inside  *entry // the one whose words these are; nil at the top
	apps    []app
	faults  Faults
}

func (l *loader) uses(word string) bool {
	if l.src.Uses == nil {
		return true
	}
	for _, w := range l.src.Uses {
		if w == word {
			return true
		}
	}
	return false
}

func (l *loader) fromFlags() {
	for word, texts := range l.src.Flags {
		values := make([]value, 0, len(texts))
		for _, text := range texts {
			values = append(values, value{text, place{kind: flag, name: "--" + word}})
		}
		l.given[word] = values
	}
}

// one returns the value of a word that is used once: the last one given.
func one(values []value) (value, bool) {
	if len(values) == 0 {
		return value{}, false
	}
	return values[len(values)-1], true
}
