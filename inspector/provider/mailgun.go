package provider

import (
	"bytes"
	"strings"
)

// Mailgun signs a moment and a token, and puts both beside the signature into the body: as a member "signature" of JSON,
// or as fields of a form where a route of its own forwards mail.

func mailgunProof() inBody {
	return inBody{
		one: &signature{
			name: "mailgun", headers: []string{"signature"}, kind: "field of the body", layout: alone{}, time: "timestamp", id: "token",
			signs: []part{theTime, theID}, using: hmacSHA256, coded: asHex,
			uncovered: "it covers the moment and the token: nothing shows that the rest of the body is unchanged",
		},
		things: mailgunThings, put: mailgunPut,
	}
}

var mailgunNames = [...]string{"signature", "timestamp", "token"}

// mailgunThings is the one signed thing, if the body is one of Mailgun's. The token is left out of what is signed anew, so
// that an application which remembers tokens takes the message.
func mailgunThings(q *Request) []*Request {
	thing := &Request{}
	add := func(name, v string) {
		if v != "" {
			thing.Fields = append(thing.Fields, Field{name, v})
		}
	}
	if q.isForm() {
		var rest []string
		for pair := range strings.SplitSeq(string(q.Body), "&") {
			name, v, _ := strings.Cut(pair, "=")
			if n := unescape(name); n == "signature" || n == "timestamp" || n == "token" {
				add(n, unescape(v))
			} else {
				rest = append(rest, pair)
			}
		}
		thing.Body = []byte(strings.Join(rest, "&"))
		return []*Request{thing}
	}
	whole := objectAt(q.Body, 0)
	data, ok := whole["event-data"]
	if !ok {
		return nil
	}
	thing.Body = q.Body[data.from:data.to]
	if s, ok := whole["signature"]; ok {
		parts := objectAt(q.Body, s.from)
		for _, name := range mailgunNames {
			if v, ok := parts[name]; ok {
				add(name, wordAt(q.Body, v))
			}
		}
	}
	return []*Request{thing}
}

func mailgunPut(q *Request, _ int, signed *Request) {
	if q.isForm() {
		for _, name := range mailgunNames {
			q.setField(name, header(signed.Fields, name))
		}
		return
	}
	var b bytes.Buffer
	for n, name := range mailgunNames {
		b.WriteString([...]string{"{", ",", ","}[n] + quoted(name) + ":" + quoted(header(signed.Fields, name)))
	}
	q.setBody(setMember(q.Body, 0, "signature", b.String()+"}"))
}

// isMailgun knows a body by the three fields together.
func isMailgun(q *Request) bool {
	if len(q.Body) > maxHintBody || !bytes.Contains(q.Body, []byte("signature")) || !bytes.Contains(q.Body, []byte("token")) {
		return false
	}
	all := mailgunThings(q)
	return len(all) == 1 && len(all[0].Fields) == len(mailgunNames)
}
