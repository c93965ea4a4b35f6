package provider

import (
	"net/url"
	"strings"
)

// scheme is the secret in the one place that is named.
func (d *Token) scheme(name string) (scheme, *Flaw) {
	k := sharedSecret{name: name}
	switch {
	case d.places() != 1:
		return nil, flaw("token", "write one of header: NAME, query: NAME and form: NAME", "a token stands in one place")
	case d.Prefix != "" && d.Header == "":
		return nil, flaw("token.prefix", "leave it out", "only a header has a prefix")
	case d.Query != "":
		k.absent, k.expected = "no "+d.Query+" in the query", "in the query, as "+d.Query
		k.carriers = []carrier{queryField(d.Query)}
	case d.Form != "":
		k.absent, k.expected, k.form = "no field "+d.Form, "in the field "+d.Form+" of a form", true
		k.carriers = []carrier{formField(d.Form)}
	case !headerName.MatchString(d.Header):
		return nil, flaw("token.header", "write the name of one: X-Acme-Token", "%q can be no header", d.Header)
	default:
		k.absent, k.expected = "no "+d.Header+" header", "in the header "+d.Header
		k.carriers = []carrier{prefixed(headerValue(d.Header), d.Prefix)}
	}
	return k, nil
}

func (d *Token) places() (n int) {
	for _, name := range []string{d.Header, d.Query, d.Form} {
		if name != "" {
			n++
		}
	}
	return n
}

func (d *Basic) scheme(name string) (scheme, *Flaw) {
	if d.User == "" || strings.ContainsAny(d.User, ":\r\n") {
		return nil, flaw("basic.user", "write user: NAME; its password is the secret", "the user's name is none")
	}
	return sharedSecret{
		name: name, absent: "no Authorization header", expected: "as the Basic password of user " + d.User,
		carriers: []carrier{basicPassword(d.User)},
	}, nil
}

// prefixed is a carrier with fixed text before the secret.
func prefixed(c carrier, prefix string) carrier {
	if prefix == "" {
		return c
	}
	read, set := c.read, c.set
	c.read = func(q *Request) []sent {
		all := read(q)
		for n, v := range all {
			value, ok := strings.CutPrefix(v.value, prefix)
			if all[n].value = value; !ok {
				all[n] = sent{fault: v.where + " does not begin with " + strings.TrimSpace(prefix)}
			}
		}
		return all
	}
	c.set = func(q *Request, value string) { set(q, prefix+value) }
	return c
}

// queryField is a field of the query.
func queryField(name string) carrier {
	return carrier{
		name: "the query's " + name,
		read: func(q *Request) (all []sent) {
			for k, v := range decoded(q.query()) {
				if k == name {
					all = append(all, sent{where: name + " in the query", value: v})
				}
			}
			return all
		},
		set: func(q *Request, value string) {
			q.Target, q.URL = withQuery(q.Target, name, value), withQuery(q.URL, name, value)
		},
		can: func(q *Request) bool { return strings.HasPrefix(q.Target, "/") },
	}
}

// withQuery gives every field of that name in an address the value, or adds one. The other bytes stay as they are.
func withQuery(address, name, value string) string {
	path, query, _ := strings.Cut(address, "?")
	value, found := url.QueryEscape(value), false
	var fields []string
	for one := range strings.SplitSeq(query, "&") {
		if key, _, _ := strings.Cut(one, "="); one != "" && unescape(key) == name {
			one, found = key+"="+value, true
		}
		fields = append(fields, one)
	}
	switch {
	case found:
	case query == "":
		fields = []string{url.QueryEscape(name) + "=" + value}
	default:
		fields = append(fields, url.QueryEscape(name)+"="+value)
	}
	return path + "?" + strings.Join(fields, "&")
}
