package provider

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// Twilio signs the address as it was configured, and behind it the fields of a form in the order of their names. What is
// no form is covered by its hash in the address, as bodySHA256.

const bodyHash = "bodySHA256"

func twilioProof() *signature {
	return &signature{
		name: "twilio", headers: []string{"X-Twilio-Signature"}, layout: alone{},
		signs: []part{theURL, formByName}, using: hmacSHA1, coded: asBase64,
		spellings: twilioSpellings, prepare: twilioPrepare, unfit: manyFields, besides: twilioBody,
	}
}

// formByName is name and value of each field, by name; a value that is there twice counts once.
func formByName(m *message, b []byte) []byte {
	if _, hashed := inAddress(m.url, bodyHash); hashed || !m.q.isForm() {
		return b
	}
	fields := map[string][]string{}
	for name, v := range decoded(string(m.body)) {
		fields[name] = append(fields[name], v)
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		for _, v := range slices.Compact(slices.Sorted(slices.Values(fields[name]))) {
			b = append(append(b, name...), v...)
		}
	}
	return b
}

// twilioSpellings: some of Twilio's products sign the address with its port, some without, and they differ on how to
// write an apostrophe in a query.
func twilioSpellings(address string) []string {
	all := []string{address}
	add := func(s string) {
		if !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	if scheme, host, rest, ok := cutAddress(address); ok {
		bare := host
		if n := strings.LastIndexByte(host, ':'); n > strings.LastIndexByte(host, '@') && n > strings.LastIndexByte(host, ']') {
			bare = host[:n]
		}
		add(scheme + bare + rest)
		if port := standardPort(scheme); port != "" && bare == host {
			add(scheme + host + ":" + port + rest)
		}
	}
	for _, s := range slices.Clone(all) {
		before, query, _ := strings.Cut(s, "?")
		add(before + "?" + strings.ReplaceAll(query, "'", "%27"))
		add(before + "?" + strings.ReplaceAll(query, "%27", "'"))
	}
	if !strings.Contains(address, "?") { // nothing to spell otherwise
		all = slices.DeleteFunc(all, func(s string) bool { return strings.HasSuffix(s, "?") })
	}
	return all
}

// cutAddress takes an address apart without rewriting any of it: "https://", the host with user and port, the rest.
func cutAddress(address string) (scheme, host, rest string, ok bool) {
	n := strings.Index(address, "://")
	if n < 0 {
		return "", "", "", false
	}
	scheme, host = address[:n+3], address[n+3:]
	if end := strings.IndexAny(host, "/?#"); end >= 0 {
		host, rest = host[:end], host[end:]
	}
	return scheme, host, rest, true
}

func standardPort(scheme string) string {
	return map[string]string{"http://": "80", "https://": "443"}[strings.ToLower(scheme)]
}

// inAddress is the last value of that name in an address's query.
func inAddress(address, name string) (value string, ok bool) {
	_, query, _ := strings.Cut(address, "?")
	for k, v := range decoded(query) {
		if k == name {
			value, ok = v, true
		}
	}
	return value, ok
}

// twilioBody checks what the signature covers only through the address.
func twilioBody(q *Request) (fault string, hints []string) {
	want, hashed := inAddress(q.URL, bodyHash)
	switch {
	case !hashed && (q.isForm() || len(q.Body) == 0):
		return "", nil
	case !hashed:
		return "the body is neither a form nor named by " + bodyHash + " in the address: nothing covers it", nil
	case sameHash(q.Body, want):
		return "", nil
	}
	fault = bodyHash + " in the address is not the SHA-256 of the body"
	if q.Quick {
		return fault, nil
	}
	for _, g := range bodyGuesses(q) {
		if sameHash(g.value, want) {
			return fault, []string{bodyHash + " fits " + g.words()}
		}
	}
	return fault, nil
}

func sameHash(body []byte, want string) bool {
	sum := sha256.Sum256(body)
	return same(hex.EncodeToString(sum[:]), strings.ToLower(want))
}

// twilioPrepare puts the hash of a body that is no form, or was changed, into the address.
func twilioPrepare(q *Request) []string {
	if fault, _ := twilioBody(&Request{URL: q.URL, Fields: q.Fields, Body: q.Body, Quick: true}); fault == "" {
		return nil
	}
	sum := sha256.Sum256(q.Body)
	q.URL = withHash(q.URL, hex.EncodeToString(sum[:]))
	q.Target = withHash(q.Target, hex.EncodeToString(sum[:]))
	return []string{bodyHash + " in the address"}
}

func withHash(address, hash string) string {
	before, query, _ := strings.Cut(address, "?")
	pairs := slices.DeleteFunc(strings.Split(query, "&"), func(pair string) bool {
		name, _, _ := strings.Cut(pair, "=")
		return pair == "" || unescape(name) == bodyHash
	})
	return before + "?" + strings.Join(append(pairs, bodyHash+"="+url.QueryEscape(hash)), "&")
}
