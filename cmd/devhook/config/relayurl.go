package config

import (
	"net/url"
	"strings"
)

// RelayURL is a relay elsewhere, as --relay names it.
type RelayURL struct {
	Scheme string // "ssh", "ws" or "wss"
	User   string // before the @ of ssh://, "" when none is written
	Host   string // as written; for ssh:// it may be an alias of ~/.ssh/config
	Port   string // "" when none is written: ssh leaves it to ~/.ssh/config and then 22, ws means 80, wss 443
	URL    string // as written
}

const relayHint = "write ssh://[user@]host[:port], wss://host or ws://host:port"

func (l *loader) setRelay(values []value) {
	v, ok := one(values)
	if !ok {
		return
	}
	r, problem := parseRelayURL(v.text)
	if problem != "" {
		l.fault(v.at, relayHint, "the relay %q %s", bare(v.text), problem)
		return
	}
	l.cfg.Relay = r
}

// parseRelayURL takes a relay's URL apart, or says what is wrong with it.
func parseRelayURL(text string) (r *RelayURL, problem string) {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return nil, "is no URL"
	case u.Scheme != "ssh" && u.Scheme != "ws" && u.Scheme != "wss":
		return nil, "is none of ssh://, wss:// and ws://"
	case u.Hostname() == "" || strings.HasPrefix(u.Hostname(), "-"):
		return nil, "names no host"
	case u.Port() != "" && !validPort(u.Port()) || strings.HasSuffix(u.Host, ":"):
		return nil, "names no port between 1 and 65535"
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return nil, "holds a query or fragment"
	case strings.Trim(u.Path, "/") != "" && u.Scheme == "ssh":
		return nil, "holds a path"
	}
	if _, has := u.User.Password(); has {
		return nil, "holds a password, and devhook logs in by key only"
	}
	if u.User != nil && u.Scheme != "ssh" {
		return nil, "holds a user name, which only ssh:// takes"
	}
	return &RelayURL{Scheme: u.Scheme, User: u.User.Username(), Host: u.Hostname(), Port: u.Port(), URL: text}, ""
}

// setName checks what every relay would refuse; which names are free it tells itself.
func (l *loader) setName(values []value) {
	v, ok := one(values)
	if !ok {
		return
	}
	name := strings.ToLower(v.text)
	const hint = "write one word of letters, digits and hyphens: --name shop"
	switch {
	case strings.Contains(name, "."):
		l.fault(v.at, "write what stands before the relay's domain: --name "+strings.SplitN(name, ".", 2)[0], "%q is more than a name", bare(v.text))
	case name == "" || len(name) > 63 || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || strings.Trim(name, "-") != name:
		l.fault(v.at, hint, "%q is no name", bare(v.text))
	case strings.Trim(name, "0123456789") == "":
		l.fault(v.at, hint, "%q is digits only, as ports are", name)
	}
	l.cfg.Name = name
}

func (l *loader) setIdentity(values []value) {
	v, ok := one(values)
	if !ok {
		return
	}
	if v.text == "" {
		l.fault(v.at, "name a private key such as ~/.ssh/id_ed25519, or leave --identity out", "the path of the key is empty")
		return
	}
	l.cfg.Identity = v.text
}

// checkRelay refuses what only an embedded relay, or only one elsewhere, has.
func (l *loader) checkRelay() {
	if !l.uses("relay") {
		return
	}
	if v, ok := one(l.given["bind"]); ok && l.cfg.Relay != nil && !l.forOthers("bind") {
		l.fault(v.at, "leave one of them out", "--bind is for the relay inside devhook, but --relay names another")
	}
	if v, ok := one(l.given["name"]); ok && l.cfg.Port != 0 {
		l.fault(v.at, "leave one of them out", "--name and --port each ask for an address")
	}
	for _, word := range []string{"name", "identity", "accept-new-host-key"} {
		_, named := one(l.given["relay"])
		if v, ok := one(l.given[word]); ok && !named && !l.forOthers(word) {
			l.fault(v.at, "name the relay with --relay ssh://[user@]host[:port]", "--%s is for a relay elsewhere, and none is named", word)
		}
	}
}
