package config

import (
	"reflect"
	"slices"
)

// fixed are the words that a running devhook up can't change, with what they mean in a Config. Routes, their secrets and
// what is refused or held on them can.
var fixed = []struct {
	word string
	of   func(*Config) any
}{
	{"local", func(c *Config) any { return c.Local }},
	{"host-header", func(c *Config) any { return c.HostHeader }},
	{"insecure", func(c *Config) any { return c.Insecure }},
	{"timeout", func(c *Config) any { return c.Timeout }},
	{"bind", func(c *Config) any { return c.Bind }},
	{"port", func(c *Config) any { return c.Port }},
	{"name", func(c *Config) any { return c.Name }},
	{"relay", func(c *Config) any { return c.Relay }},
	{"identity", func(c *Config) any { return c.Identity }},
	{"tls-cert", func(c *Config) any { return c.TLSCert }},
	{"tls-key", func(c *Config) any { return c.TLSKey }},
	{"public-url", func(c *Config) any { return c.PublicURL }},
	{"trusted-proxies", func(c *Config) any { return c.TrustedProxies }},
	{"answer-challenges", func(c *Config) any { return c.AnswerChallenges }},
	{"register", func(c *Config) any { return c.Register }},
	{"inspect", func(c *Config) any { return c.Inspect }},
	{"inspect-token", func(c *Config) any { return c.InspectToken }},
	{"db", func(c *Config) any { return c.DB }},
	{"keep", func(c *Config) any { return c.Keep }},
	{"keep-size", func(c *Config) any { return c.KeepSize }},
}

// A Change is a word that has another value, and where that stands: "devhook.yaml:3:7", or the file where the word was
// taken out.
type Change struct{ Key, Where string }

// Fixed tells what of a configuration that was read anew differs from the one before and can't be changed while it is
// used. Their keys are those of devhook.yaml.
func Fixed(before, now *Config) []Change {
	all := differing(before, now, func(word string) bool { return slices.Contains(shared, word) })
	if !reflect.DeepEqual(tunnelNames(before), tunnelNames(now)) {
		all = append(all, Change{"tunnels", now.File})
	}
	for _, t := range now.All() {
		if old := before.Named(t.Tunnel); old != nil {
			all = append(all, differing(old, t, func(word string) bool { return !slices.Contains(shared, word) })...)
		}
	}
	if !reflect.DeepEqual(before.Senders, now.Senders) {
		all = append(all, Change{"providers", now.File})
	}
	return all
}

func differing(before, now *Config, of func(word string) bool) (all []Change) {
	for _, f := range fixed {
		if of(f.word) && !reflect.DeepEqual(f.of(before), f.of(now)) {
			all = append(all, Change{keyOf(f.word), placeOr(now, f.word)})
		}
	}
	return all
}

func tunnelNames(c *Config) (names []string) {
	for _, t := range c.All() {
		names = append(names, t.Tunnel)
	}
	slices.Sort(names)
	return names
}

func placeOr(c *Config, word string) string {
	if at := c.Given[word]; at != "" {
		return at
	}
	return c.File
}

func keyOf(word string) string {
	for _, s := range settings() {
		if s.word == word && s.file != "" {
			return s.file
		}
	}
	return word
}
