package inspector

import (
	"bytes"
	"net"
	"strings"

	"devhook/tunnel/http1"
)

// What devhook changes in a head, in both directions. Every other line goes on as it came: same order, same case,
// same spaces, duplicates where they stood.
//
// To the app:
//
//	Connection, Keep-Alive, Proxy-Connection, TE   left out (they end at this hop); names listed in Connection stay
//	Connection, Upgrade                            stay in a request that asks for an upgrade
//	Proxy-Authorization                            left out
//	Expect                                         left out; devhook has answered 100 Continue
//	Content-Length                                 the first of several equal ones stays
//	X-Forwarded-For, -Host, -Proto, -Port,         left out in every spelling (X_Forwarded_For too): a caller could
//	Forwarded, X-Real-IP                           write anything there
//	X-Forwarded-For, X-Forwarded-Host,             added at the end: the caller's address, the Host line it sent and
//	X-Forwarded-Proto                              the scheme it used
//	X-Devhook-Id                                   added at the end: the capture's ID. Earlier ones stay: they are
//	                                               the way the request has come, and show a loop
//	Host                                           only with --host-header
//
// To the sender:
//
//	Connection, Keep-Alive, Proxy-Connection, TE   left out; devhook writes the Connection line that is true
//	Connection, Upgrade                            stay in a 101; Upgrade is left out of any other answer
//	Transfer-Encoding, Trailer                     left out for an HTTP/1.0 sender, who gets the body until the close
//
// Bodies keep their kind of framing and their content; chunk borders may move. Trailers go on if the Trailer line
// named them and they are not about framing.

// IDHeader carries the capture's ID to the app, and marks answers that are devhook's own.
const IDHeader = "X-Devhook-Id"

// hop reports whether a header ends at this hop (RFC 9110 section 7.6.1).
func hop(name string) bool {
	switch strings.ToLower(name) {
	case "connection", "keep-alive", "proxy-connection", "te":
		return true
	}
	return false
}

// claimed reports whether a header says who the caller is. Underscores count as dashes: some apps read them so.
func claimed(name string) bool {
	n := strings.ReplaceAll(strings.ToLower(name), "_", "-")
	switch n {
	case "forwarded", "x-real-ip", "x-forwarded":
		return true
	}
	return strings.HasPrefix(n, "x-forwarded-")
}

// fromSender decides which lines of a request head go on to the app.
func fromSender(upgrade bool) func(name string) bool {
	sawLength := false
	return func(name string) bool {
		switch n := strings.ToLower(name); {
		case n == "connection":
			return upgrade
		case hop(n), n == "proxy-authorization", n == "expect", claimed(n):
			return false
		case n == "upgrade":
			return upgrade
		case n == "content-length":
			first := !sawLength
			sawLength = true
			return first
		}
		return true
	}
}

// fromApp decides which lines of an answer's head go on to the sender.
func fromApp(upgrade, old bool) func(name string) bool {
	return func(name string) bool {
		switch strings.ToLower(name) {
		case "connection", "upgrade":
			return upgrade
		case "transfer-encoding", "trailer":
			return !old
		}
		return !hop(name)
	}
}

// rewrite copies a head line by line, leaving out what keep refuses and adding lines at its end. Lines keep their
// bytes, but all end in CRLF.
func rewrite(raw []byte, keep func(name string) bool, add []string) []byte {
	start := true
	out := rewriteLines(raw, func(line []byte) []byte {
		if start {
			start = false
			return line
		}
		if name, _, _ := bytes.Cut(line, []byte(":")); keep(string(name)) {
			return line
		}
		return nil
	})
	out = out[:len(out)-2]
	for _, l := range add {
		out = append(append(out, l...), "\r\n"...)
	}
	return append(out, "\r\n"...)
}

// withHost replaces the value of the Host line, unless host is "". The line keeps its place.
func withHost(head []byte, host string) []byte {
	if host == "" {
		return head
	}
	first := true
	return rewriteLines(head, func(line []byte) []byte {
		name, _, _ := bytes.Cut(line, []byte(":"))
		if first || !strings.EqualFold(string(name), "host") {
			first = false
			return line
		}
		return []byte(string(name) + ": " + host)
	})
}

// rewriteLines gives each line of a head to change, the start line too, and leaves out those that become nil.
func rewriteLines(head []byte, change func(line []byte) []byte) []byte {
	out := make([]byte, 0, len(head)+256)
	for line := range bytes.Lines(head) {
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			continue
		}
		if line = change(line); line != nil {
			out = append(append(out, line...), "\r\n"...)
		}
	}
	return append(out, "\r\n"...)
}

// forwardLines are the lines devhook adds for the app.
func forwardLines(remote, host, scheme, id string) []string {
	if h, _, err := net.SplitHostPort(remote); err == nil {
		remote = h
	}
	lines := make([]string, 0, 4)
	if remote != "" {
		lines = append(lines, "X-Forwarded-For: "+remote)
	}
	if host != "" {
		lines = append(lines, "X-Forwarded-Host: "+host)
	}
	return append(lines, "X-Forwarded-Proto: "+scheme, IDHeader+": "+id)
}

// passedTrailer picks the trailers that go on: named beforehand, and not about framing, routing or identity
// (RFC 9110 section 6.5.1).
func passedTrailer(h *http1.Head, all []http1.Field) []http1.Field {
	var out []http1.Field
	for _, f := range all {
		switch strings.ToLower(f.Name) {
		case "content-length", "transfer-encoding", "host", "trailer", "expect", "upgrade":
			continue
		}
		if h.HasToken("Trailer", f.Name) && !hop(f.Name) && !claimed(f.Name) && !strings.EqualFold(f.Name, IDHeader) {
			out = append(out, f)
		}
	}
	return out
}
