package provider

import (
	"maps"
	"net/url"
	"slices"
)

// Plivo signs the address in parts: without its query, then the query in the order of its names, then the form likewise.

func plivoProof() versions {
	return versions{
		{
			name: "plivo", headers: []string{"X-Plivo-Signature-V3", "X-Plivo-Signature-Ma-V3"}, each: true, layout: listed{separator: ","},
			nonce: "X-Plivo-Signature-V3-Nonce", signs: []part{plivoAddress, text("."), theNonce}, using: hmacSHA256, coded: asBase64, unfit: manyFields,
			uncovered: "it covers the address and a form, and no other kind of body",
		},
		{
			name: "plivo", headers: []string{"X-Plivo-Signature-V2", "X-Plivo-Signature-Ma-V2"}, each: true, layout: listed{separator: ","},
			nonce: "X-Plivo-Signature-V2-Nonce", signs: []part{bareAddress, theNonce}, using: hmacSHA256, coded: asBase64, unfit: manyFields,
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

// plivoAddress: of a name that is there twice, all values count, in their own order.
func plivoAddress(m *message, b []byte) []byte {
	u, err := url.Parse(m.url)
	if err != nil {
		return append(b, m.url...)
	}
	b = bareAddress(m, b)
	query, form := valuesOf(u.RawQuery), map[string][]string{}
	if m.q.isForm() {
		form = valuesOf(string(m.body))
	}
	if m.q.Method == "GET" {
		for name, values := range form {
			query[name] = append(query[name], values...)
		}
		form = nil
	}
	if len(query)+len(form) > 0 {
		b = append(b, '?')
	}
	b = appendSorted(b, query, "=", "&")
	if len(query) > 0 && len(form) > 0 {
		b = append(b, '.')
	}
	return appendSorted(b, form, "", "")
}

// appendSorted writes each value behind its name, both in order.
func appendSorted(b []byte, all map[string][]string, equals, between string) []byte {
	first := true
	for _, name := range slices.Sorted(maps.Keys(all)) {
		for _, v := range slices.Sorted(slices.Values(all[name])) {
			if !first {
				b = append(b, between...)
			}
			b, first = append(b, name+equals+v...), false
		}
	}
	return b
}

// valuesOf are the values of urlencoded text, by name.
func valuesOf(text string) map[string][]string {
	all := map[string][]string{}
	for name, v := range decoded(text) {
		all[name] = append(all[name], v)
	}
	return all
}
