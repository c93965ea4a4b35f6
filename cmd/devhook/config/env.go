package config

import (
	"slices"
	"strings"
)

const envPrefix = "DEVHOOK_"

// fromEnv reads DEVHOOK_ variables by word. Any that is no setting is a fault:
// a typo there would otherwise go unseen.
func (l *loader) fromEnv() map[string]value {
	words := map[string]string{envPrefix + "CONFIG": "config"}
	for _, s := range settings() {
		words[envName(s.word)] = s.word
	}
	for _, s := range serverSettings() {
		words[envName(s.word)] = s.word
	}
	var known []string
	for name := range words {
		known = append(known, name)
	}
	slices.Sort(known)
	found := map[string]value{}
	for _, entry := range l.src.Env {
		name, text, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, envPrefix) {
			continue
		}
		word, ok := words[name]
		if !ok {
			l.fault(place{}, didYouMean(name, known), "no setting is called %s", name)
			continue
		}
		found[word] = value{text, place{env, name}}
	}
	return found
}

func envName(word string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(word, "-", "_"))
}

// addEnv lays the environment over the file. DEVHOOK_VERIFY holds several
// entries separated by white space.
func (l *loader) addEnv(found map[string]value) {
	for word, v := range found {
		if word != "verify" {
			l.given[word] = []value{v}
			continue
		}
		l.given[word] = nil
		for _, text := range strings.Fields(v.text) {
			l.given[word] = append(l.given[word], value{text, v.at})
		}
	}
}
