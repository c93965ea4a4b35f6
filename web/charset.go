package web

import (
	"bytes"
	"mime"
	"strings"

	"golang.org/x/net/html/charset"
)

// textMarks are the bytes that some texts begin with to say how they are encoded.
var textMarks = []struct{ bytes, name string }{{"\xef\xbb\xbf", "utf-8"}, {"\xff\xfe", "utf-16le"}, {"\xfe\xff", "utf-16be"}}

// decodeText turns text of another encoding into UTF-8: as its mark says, or else its Content-Type. said tells of it; data
// is given back as it is if there is nothing to do, or nobody knows how.
func decodeText(kind string, data []byte) (out []byte, said string) {
	label := ""
	if _, params, err := mime.ParseMediaType(kind); err == nil {
		label = params["charset"]
	}
	for _, m := range textMarks {
		if rest, ok := bytes.CutPrefix(data, []byte(m.bytes)); ok {
			if m.name == "utf-8" {
				return rest, "after a byte order mark"
			}
			data, label = rest, m.name
		}
	}
	switch strings.ToLower(label) {
	case "", "utf-8", "utf8", "us-ascii", "ascii":
		return data, ""
	}
	encoding, name := charset.Lookup(label)
	if encoding == nil {
		return data, "in the unknown encoding " + visible(cut(label, 40), false)
	}
	out, err := encoding.NewDecoder().Bytes(data)
	if err != nil {
		return data, "called " + name + " but isn’t"
	}
	return out, "decoded from " + name
}
