package provider

import (
	"net/url"
	"slices"
	"strings"
)

// What to do about an address. The path is no part of --public-url: that comes with each request.
const (
	setAddress = "tell devhook the address that the sender calls, with --public-url"
	setPath    = "write it so in the sender's settings, or find what changes it on the way"
)

// urlGuesses are the addresses by which a sender may know this one.
func urlGuesses(q *Request) (all []guess[string]) {
	u, err := url.Parse(q.URL)
	if err != nil || u.Host == "" {
		return nil
	}
	add := func(text string, change func(*url.URL)) {
		v := *u
		change(&v)
		if s := v.String(); s != q.URL {
			all = append(all, guess[string]{text, s, setAddress})
		}
	}
	scheme := map[string]string{"http": "https", "https": "http"}[u.Scheme]
	other := "the address with " + scheme + ":// in front, not " + u.Scheme + "://"
	bare := func(v *url.URL) { v.Host = strings.TrimSuffix(v.Host, ":"+v.Port()) }
	if scheme != "" {
		add(other, func(v *url.URL) { v.Scheme = scheme })
		add(other+", and without its port", func(v *url.URL) { v.Scheme = scheme; bare(v) })
	}
	add("the address without its port", bare)
	if port := map[string]string{"http": "80", "https": "443"}[u.Scheme]; u.Port() == "" && port != "" {
		add("the address with port "+port, func(v *url.URL) { v.Host += ":" + port })
	}
	if host := header(q.Fields, "Host"); host != "" {
		add("the address with the host that the Host header names", func(v *url.URL) { v.Host = host })
	}
	if v := *u; strings.HasSuffix(u.Path, "/") {
		v.Path, v.RawPath = strings.TrimSuffix(v.Path, "/"), strings.TrimSuffix(v.RawPath, "/")
		all = append(all, guess[string]{"the address without the slash at its end", v.String(), setPath})
	} else {
		if v.Path += "/"; v.RawPath != "" { // it holds escapes that the path has not
			v.RawPath += "/"
		}
		all = append(all, guess[string]{"the address with a slash at its end", v.String(), setPath})
	}
	all = append(all, guess[string]{"the path alone, and not the whole address", q.Target, "whoever signed this took the address from its own request line"})
	return append(all, queryGuesses(q.URL, u)...)
}

// queryGuesses are the address with another query.
func queryGuesses(address string, u *url.URL) (all []guess[string]) {
	before, query, ok := strings.Cut(address, "?")
	if !ok {
		return nil
	}
	add := func(text, s string) {
		if s != address {
			all = append(all, guess[string]{text, s, "the query was changed on its way, or the sender knows another address"})
		}
	}
	pairs := strings.Split(query, "&")
	slices.Sort(pairs)
	add("the address without its query", before)
	add("the address with its query in the order of the names", before+"?"+strings.Join(pairs, "&"))
	slices.Reverse(pairs)
	add("the address with its query in the reverse order of the names", before+"?"+strings.Join(pairs, "&"))
	if plain, err := url.PathUnescape(query); err == nil {
		add("the address with its query's escapes undone", before+"?"+plain)
	}
	add("the address with its query escaped anew", before+"?"+u.Query().Encode())
	return all
}
