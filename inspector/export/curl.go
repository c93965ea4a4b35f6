package export

import (
	"bytes"
	"encoding/base64"
	"net/url"
	"regexp"
	"strings"

	"devhook/store"
)

// Curl is a command for bash or zsh that sends the request again to the URL the sender called: method, target, header
// lines in their order and case, body. curl itself writes the Host line, always first, and Content-Length, so that the
// body may be edited; an empty value loses the space before it, chunks become curl's own, and trailers are not sent.
func Curl(c *store.Capture, body []byte, m *Mask) (string, error) {
	if c.State == store.Malformed {
		return "", malformed(c, "curl")
	}
	body = m.Body(headValue(c.Head, "Content-Type"), body)
	hasBody := len(body) > 0 || c.Framing == "chunked" || headValue(c.Head, "Content-Length") != ""
	args := append(methodArgs(c, hasBody), urlArgs(c, m)...)
	args = append(args, headerArgs(c, m, body, hasBody)...)
	data, before, after := bodyArgs(body, hasBody)
	args = append(args, data...)
	return before + "curl " + strings.Join(args, " \\\n  ") + "\n" + after, nil
}

func methodArgs(c *store.Capture, hasBody bool) (args []string) {
	switch {
	case c.Method == "HEAD" && !hasBody:
		args = append(args, "--head")
	case c.Method == "GET" && !hasBody, c.Method == "POST" && hasBody:
	default:
		args = append(args, "-X "+quote(c.Method))
	}
	switch {
	case c.Proto == "HTTP/1.0":
		args = append(args, "--http1.0")
	case strings.HasPrefix(publicURL(c), "https:"):
		args = append(args, "--http1.1")
	}
	return args
}

// tame matches targets that curl sends as they are written.
var tame = regexp.MustCompile(`^/[A-Za-z0-9/?:@!$&'()*+,;=%~._\[\]{}-]*$`)

// urlArgs gives an odd target beside the URL, where curl neither mends nor interprets it.
func urlArgs(c *store.Capture, m *Mask) []string {
	full := publicURL(c)
	if !tame.MatchString(c.Target) || !strings.HasSuffix(full, c.Target) {
		if u, err := url.Parse(strings.TrimSuffix(full, c.Target)); err == nil && u.Host != "" {
			full = u.Scheme + "://" + u.Host + "/"
		}
		return []string{"--request-target " + quote(m.Target(c.Target)), quote(m.Target(full))}
	}
	var args []string
	if strings.ContainsAny(c.Target, "[]{}") {
		args = append(args, "--globoff")
	}
	if strings.Contains(c.Target, "/.") {
		args = append(args, "--path-as-is")
	}
	return append(args, quote(m.Target(full)))
}

// headerArgs are the recorded lines, and orders to leave out what curl would add by itself.
func headerArgs(c *store.Capture, m *Mask, body []byte, hasBody bool) (args []string) {
	seen := map[string]bool{}
	for _, l := range lines(m.Head(c.Head)) {
		seen[strings.ToLower(l.name)] = true
		switch {
		case l.is("Content-Length"), l.is("Host") && l.value == ownHost(publicURL(c)):
		case l.value == "":
			args = append(args, "-H "+quote(l.name+";"))
		default:
			args = append(args, "-H "+quote(l.text))
		}
	}
	unwanted := []string{"Host", "User-Agent", "Accept"}
	if hasBody {
		unwanted = append(unwanted, "Content-Type")
	}
	if len(body) >= 1<<20 { // from here on curl asks for a 100 Continue
		unwanted = append(unwanted, "Expect")
	}
	for _, name := range unwanted {
		if !seen[strings.ToLower(name)] {
			args = append(args, "-H "+quote(name+":"))
		}
	}
	return args
}

// ownHost is the Host line that curl makes of a URL: without the port if that is the scheme's own.
func ownHost(full string) string {
	scheme, rest, _ := strings.Cut(full, "://")
	host, _, _ := strings.Cut(rest, "/")
	switch scheme {
	case "http":
		return strings.TrimSuffix(host, ":80")
	case "https":
		return strings.TrimSuffix(host, ":443")
	}
	return host
}

// maxArg is how much body stands in the command; the kernel's limit for one argument is 128 KiB.
const maxArg = 96 << 10

// bodyArgs puts the body into the command. What no argument can hold comes through a pipe, as base64 in a here-document.
func bodyArgs(body []byte, hasBody bool) (args []string, before, after string) {
	switch {
	case !hasBody:
		return nil, "", ""
	case len(body) > maxArg || bytes.IndexByte(body, 0) >= 0:
		return []string{"--data-binary @-"}, "base64 -d <<'END' | ", wrapped(base64.StdEncoding.EncodeToString(body)) + "END\n"
	case bytes.HasPrefix(body, []byte("@")): // would name a file
		return []string{"--data-raw " + quote(string(body))}, "", ""
	}
	return []string{"--data-binary " + quote(string(body))}, "", ""
}

func wrapped(s string) string {
	var b strings.Builder
	for ; len(s) > 76; s = s[76:] {
		b.WriteString(s[:76] + "\n")
	}
	return b.String() + s + "\n"
}
