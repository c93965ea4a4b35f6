package export

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"devhook/store"
)

// Raw is the request as it came over the wire, head, body and trailer. Borders of chunks are not recorded: a chunked body
// is written as one chunk. A mask changes nothing but the values it hides, so a masked body may not fit its Content-Length.
func Raw(c *store.Capture, body []byte, m *Mask) []byte {
	out := bytes.Clone(m.Head(c.Head))
	body = m.Body(headValue(c.Head, "Content-Type"), body)
	if c.Framing != "chunked" {
		return append(out, body...)
	}
	if len(body) > 0 {
		out = append(out, strconv.FormatInt(int64(len(body)), 16)+"\r\n"...)
		out = append(append(out, body...), "\r\n"...)
	}
	if c.State == store.Incomplete {
		return out // its end never came
	}
	out = append(out, "0\r\n"...)
	trailer := m.Head(append([]byte("trailer\r\n"), c.Trailer...)) // behind something like a start line
	for _, l := range lines(trailer) {
		out = append(out, l.text+"\r\n"...)
	}
	return append(out, "\r\n"...)
}

// File is the request as an .http file, as editors and HTTP clients send it: with the full URL, and without the lines on
// the body's length, which the client writes.
func File(c *store.Capture, body []byte, m *Mask) ([]byte, error) {
	if c.State == store.Malformed {
		return nil, malformed(c, "an .http file")
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "%s %s %s\n", c.Method, m.Target(publicURL(c)), c.Proto)
	for _, l := range lines(m.Head(c.Head)) {
		if !l.is("Content-Length") && !l.is("Transfer-Encoding") {
			out.WriteString(l.text + "\n")
		}
	}
	out.WriteByte('\n')
	out.Write(m.Body(headValue(c.Head, "Content-Type"), body))
	return out.Bytes(), nil
}

func malformed(c *store.Capture, form string) error {
	return fmt.Errorf("export: write %q as %s: the request is malformed, only its raw bytes tell it", c.ID, form)
}

// publicURL is what the sender called, or the best guess from the request alone.
func publicURL(c *store.Capture) string {
	if c.PublicURL != "" {
		return c.PublicURL
	}
	return "http://" + c.Host + c.Target
}

// A line is one header line of a well-formed head: text is all of it but its end.
type line struct{ text, name, value string }

func (l line) is(name string) bool { return strings.EqualFold(l.name, name) }

// lines takes a head apart, without its start line.
func lines(head []byte) (all []line) {
	first := true
	for b := range bytes.Lines(head) {
		text := string(bytes.TrimRight(b, "\r\n"))
		if text == "" {
			continue
		}
		if !first {
			name, value, _ := strings.Cut(text, ":")
			all = append(all, line{text, name, strings.Trim(value, " \t")})
		}
		first = false
	}
	return all
}

// headValue is the first value of a header, or nothing.
func headValue(head []byte, name string) string {
	for _, l := range lines(head) {
		if l.is(name) {
			return l.value
		}
	}
	return ""
}
