package provider

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
)

// Plivo signs the address in parts: without its query, then the query in the order of its names, then the form likewise.

func plivoProof() versions {
	return versions{
		{
			name: "plivo", headers: []string{"X-Plivo-Signature-V3", "X-Plivo-Signature-Ma-V3"}, each: true, layout: listed{separator: ","},
			nonce: "X-Plivo-Signature-V3-Nonce", signs: []part{plivoAddress, text("."), theNonce}, using: hmacSHA256, coded: asBase64,
			uncovered: "it covers the address and a form, and no other kind of body",
		},
		{
			name: "plivo", headers: []string{"X-Plivo-Signature-V2", "X-Plivo-Signature-Ma-V2"}, each: true, layout: listed{separator: ","},
			nonce: "X-Plivo-Signature-V2-Nonce", signs: []part{bareAddress, theNonce}, using: hmacSHA256, coded: asBase64,
			uncovered: "it covers the address without its query, and nothing of the body",
		},
	}
}

// bareAddress is the address without its query.
func bareAddress(m *message, b []byte) []byte {
	u, err := url.Parse(m.url)
	if err != nil {
		return append(b, m.url...)
	}
	return append(b, u.Scheme+"://"+u.Host+u.Path...)
}

// plivoAddress: of a name that is there twice, the first value counts.
func plivoAddress(m *message, b []byte) []byte {
	u, err := url.Parse(m.url)
	if err != nil {
		return append(b, m.url...)
	}
	b = bareAddress(m, b)
	query, form := firsts(u.RawQuery), map[string]string{}
	if m.q.isForm() {
		form = firsts(string(m.body))
	}
	if m.q.Method == http.MethodGet {
		maps.Copy(query, form)
		form = nil
	}
	if len(query)+len(form) > 0 {
		b = append(b, '?')
	}
	for n, name := range slices.Sorted(maps.Keys(query)) {
		if n > 0 {
			b = append(b, '&')
		}
		b = append(b, name+"="+query[name]...)
	}
	if len(query) > 0 && len(form) > 0 {
		b = append(b, '.')
	}
	for _, name := range slices.Sorted(maps.Keys(form)) {
		b = append(b, name+form[name]...)
	}
	return b
}

// firsts are the first values of urlencoded text.
func firsts(text string) map[string]string {
	all := map[string]string{}
	for name, v := range decoded(text) {
		if _, ok := all[name]; !ok {
			all[name] = v
		}
	}
	return all
}
