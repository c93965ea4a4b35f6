package provider

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf16"
)

const wasRewritten = "something parsed the body and wrote it anew after it was signed"

// bodyGuesses are what the body may have been before something rewrote it.
func bodyGuesses(q *Request) (all []guess[[]byte]) {
	b := q.Body
	add := func(text string, v []byte, advice string) {
		if !bytes.Equal(v, b) {
			all = append(all, guess[[]byte]{text, v, advice})
		}
	}
	const added, cut, lines = "something added it after it was signed", "something cut it off after it was signed", "something changed the line ends after it was signed"
	add("the body without the white space at its ends", bytes.TrimSpace(b), added)
	add("the body with a line break at its end", append(bytes.Clone(b), '\n'), cut)
	add("the body with CRLF at its end", append(bytes.Clone(b), '\r', '\n'), cut)
	lf := bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n"))
	add("the body with lines that end with LF, not CRLF", lf, lines)
	add("the body with lines that end with CRLF, not LF", bytes.ReplaceAll(lf, []byte("\n"), []byte("\r\n")), lines)
	add("the body without its byte order mark", bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")), added)
	if len(b) > 0 {
		add("an empty body", nil, "the sender signed none, or the body was added later")
	}
	if len(b) > maxHintBody {
		return all
	}
	add("the body unpacked", ungzipped(b), "something compressed it after it was signed")
	if q.isForm() {
		if v, err := url.ParseQuery(string(b)); err == nil {
			add("the form in the order of its names", []byte(v.Encode()), wasRewritten)
		}
		add("the form with %20 for spaces, not +", bytes.ReplaceAll(b, []byte("+"), []byte("%20")), wasRewritten)
		add("the form with + for spaces, not %20", bytes.ReplaceAll(b, []byte("%20"), []byte("+")), wasRewritten)
	}
	for _, g := range jsonGuesses(b) {
		add(g.text, g.value, wasRewritten)
	}
	return all
}

// ungzipped is a body without its compression, as it was if it has none or is none that can be undone here.
func ungzipped(b []byte) []byte {
	r, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return b
	}
	plain, err := io.ReadAll(io.LimitReader(r, maxHintBody+1))
	if err != nil || len(plain) > maxHintBody {
		return b
	}
	return plain
}

// jsonGuesses are the same JSON as other programs write it: a body that was parsed and written again is another one.
func jsonGuesses(b []byte) []guess[[]byte] {
	if !json.Valid(b) {
		return nil
	}
	var compact bytes.Buffer
	_ = json.Compact(&compact, b)
	c := compact.Bytes()
	slashes := func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("/"), []byte(`\/`)) }
	all := []guess[[]byte]{
		{text: "the JSON without white space, as JSON.stringify writes it", value: c},
		{text: "the JSON with a space behind commas and colons, as Python's json.dumps writes it", value: escapeUnicode(pythonSpacing(c))},
		{text: "the JSON with a space behind commas and colons, as Python's json.dumps writes it with ensure_ascii=False", value: pythonSpacing(c)},
		{text: "the JSON with its letters beyond ASCII escaped", value: escapeUnicode(c)},
		{text: "the JSON with its slashes escaped, as PHP's json_encode writes it", value: slashes(escapeUnicode(c))},
		{text: "the JSON with its slashes escaped, as PHP's json_encode writes it with JSON_UNESCAPED_UNICODE", value: slashes(c)},
		{text: "the JSON with its slashes not escaped", value: bytes.ReplaceAll(b, []byte(`\/`), []byte("/"))},
		{text: "the JSON with its letters beyond ASCII not escaped", value: unescapeUnicode(b)},
	}
	for _, indent := range [...]string{"  ", "    ", "\t"} {
		if pretty := indented(c, indent); pretty != nil {
			all = append(all, guess[[]byte]{text: "the JSON with an indent of " + map[string]string{"  ": "two spaces", "    ": "four spaces", "\t": "a tab"}[indent], value: pretty})
		}
	}
	return append(all, sortedGuesses(b)...)
}

// sortedGuesses are the JSON with its members in the order of their names, which many languages give them.
func sortedGuesses(b []byte) []guess[[]byte] {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var tree any
	if d.Decode(&tree) != nil {
		return nil
	}
	plain, escaped := written(tree, false), written(tree, true)
	return []guess[[]byte]{
		{text: "the JSON with its members in the order of their names", value: plain},
		{text: "the JSON with its members in the order of their names and a space behind commas and colons", value: pythonSpacing(plain)},
		{text: "the JSON as Go's json.Marshal writes a map of it", value: escaped},
	}
}

func written(tree any, escape bool) []byte {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(escape)
	if e.Encode(tree) != nil {
		return nil
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n"))
}

// indented is nil where the indents would be many times the text: deep nesting makes them so.
func indented(compact []byte, indent string) []byte {
	depth, deepest := 0, 0
	for _, c := range compact { // brackets in strings count too: it is a bound
		switch c {
		case '[', '{':
			depth++
			deepest = max(deepest, depth)
		case ']', '}':
			depth--
		}
	}
	lines := bytes.Count(compact, []byte(",")) + 2*(bytes.Count(compact, []byte("["))+bytes.Count(compact, []byte("{")))
	if lines*deepest*len(indent) > 8<<20 {
		return nil
	}
	var out bytes.Buffer
	_ = json.Indent(&out, compact, "", indent)
	return out.Bytes()
}

// pythonSpacing puts a space behind each comma and colon of compact JSON that stands in no string.
func pythonSpacing(b []byte) []byte {
	out, quoted := make([]byte, 0, len(b)+len(b)/8), false
	for i := 0; i < len(b); i++ {
		out = append(out, b[i])
		switch {
		case quoted && b[i] == '\\' && i+1 < len(b):
			i++
			out = append(out, b[i])
		case b[i] == '"':
			quoted = !quoted
		case !quoted && (b[i] == ',' || b[i] == ':'):
			out = append(out, ' ')
		}
	}
	return out
}

// escapeUnicode writes what is beyond ASCII as \uXXXX, in lower case.
func escapeUnicode(b []byte) []byte {
	const digits = "0123456789abcdef"
	unit := func(out []byte, r rune) []byte {
		return append(out, '\\', 'u', digits[r>>12&15], digits[r>>8&15], digits[r>>4&15], digits[r&15])
	}
	var out []byte
	for _, r := range string(b) {
		switch {
		case r < 0x80:
			out = append(out, byte(r))
		case r >= 0x10000:
			out = unit(unit(out, 0xd800+(r-0x10000)>>10), 0xdc00+(r-0x10000)&0x3ff)
		default:
			out = unit(out, r)
		}
	}
	return out
}

// unescapeUnicode undoes \uXXXX of what is beyond ASCII.
func unescapeUnicode(b []byte) []byte {
	if !bytes.Contains(b, []byte(`\u`)) {
		return b
	}
	text := string(b)
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		r, ok := escapeAt(text, i)
		switch {
		case ok && utf16.IsSurrogate(r):
			if low, ok := escapeAt(text, i+6); ok && utf16.DecodeRune(r, low) != '\ufffd' {
				out.WriteRune(utf16.DecodeRune(r, low))
				i += 11
				continue
			}
		case ok && r >= 0x80:
			out.WriteRune(r)
			i += 5
			continue
		}
		out.WriteByte(text[i])
		if text[i] == '\\' && i+1 < len(text) {
			i++
			out.WriteByte(text[i])
		}
	}
	return []byte(out.String())
}

// escapeAt reads one \uXXXX.
func escapeAt(text string, at int) (rune, bool) {
	if at+6 > len(text) || text[at:at+2] != `\u` {
		return 0, false
	}
	n, err := strconv.ParseUint(text[at+2:at+6], 16, 16)
	return rune(n), err == nil
}
