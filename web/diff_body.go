package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"

	"devhook/inspector/export"
	"devhook/web/view"
)

const (
	linesMost = 100_000  // lines of a text that are compared
	hexMost   = 64 << 10 // bytes that are compared as a hex dump
)

// bodies compares two bodies by what they say, or with raw by the bytes they are.
func (d *drawing) bodies(id, title string, a, b payload, raw bool) *view.DiffSection {
	if len(a.data)+len(b.data) == 0 {
		return nil
	}
	s := &view.DiffSection{ID: "d-" + id, Title: title}
	if a.more || b.more {
		s.Notes = append(s.Notes, "Compared are the first "+size(previewBytes)+" of each.")
	} else if bytes.Equal(a.data, b.data) && a.encoding == b.encoding {
		s.End = "the same " + size(a.size) + ", byte for byte"
		return s
	}
	if raw {
		d.written(s, a, b)
		return s
	}
	x, y := unpack(a.encoding, a.data, a.more), unpack(b.encoding, b.data, b.more)
	noteEach(s, " is ", x.said, y.said)
	ua, ub := payload{kind: a.kind, data: x.data, more: x.cut}, payload{kind: b.kind, data: y.data, more: y.cut}
	if bytes.Equal(x.data, y.data) && !bytes.Equal(a.data, b.data) {
		s.End = "the same"
		s.Notes = append(s.Notes, "Only the packing differs. A signature over the packed bytes of A doesn’t fit those of B.")
		return s
	}
	if !d.meant(s, ua, ub) {
		d.written(s, ua, ub)
	}
	return s
}

// noteEach says something of A, of B, or of both.
func noteEach(s *view.DiffSection, says, a, b string) {
	if a != "" && a == b {
		s.Notes = append(s.Notes, "Each"+says+visible(a, false)+".")
		return
	}
	for i, text := range []string{a, b} {
		if text != "" {
			s.Notes = append(s.Notes, string(rune('A'+i))+says+visible(text, false)+".")
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// meant compares what two bodies of one form say; false: they have no form in common.
func (d *drawing) meant(s *view.DiffSection, a, b payload) bool {
	if a.more || b.more {
		return false
	}
	const form = "application/x-www-form-urlencoded"
	if mediaType(a.kind) == form && mediaType(b.kind) == form {
		s.Title += ", form fields"
		d.forms(s, string(a.data), string(b.data))
		return true
	}
	const parts = "multipart/"
	if strings.HasPrefix(mediaType(a.kind), parts) && strings.HasPrefix(mediaType(b.kind), parts) && d.parts(s, a, b) {
		return true
	}
	return looksJSON(mediaType(a.kind), a.data) && looksJSON(mediaType(b.kind), b.data) && d.jsons(s, a.data, b.data)
}

// jsons compares two JSON texts with their keys in order and white space left out.
func (d *drawing) jsons(s *view.DiffSection, a, b []byte) bool {
	x, gapsA, errA := orderedJSON(a)
	y, gapsB, errB := orderedJSON(b)
	if errA != nil || errB != nil {
		noteEach(s, " can’t be compared as JSON: ", errorText(errA), errorText(errB))
		return false
	}
	s.Title += ", JSON with its keys in order"
	d.texts(s, d.jsonLines(x), d.jsonLines(y))
	if whole(x) == whole(y) {
		onlyBytes(s, writtenApart(x, y, gapsA, gapsB))
	}
	return true
}

// forms compares two forms field by field.
func (d *drawing) forms(s *view.DiffSection, a, b string) {
	x, y := d.formEntries(a), d.formEntries(b)
	n := d.fields(s, x, y)
	var apart []string
	if reordered(x, y) {
		apart = append(apart, "the order of fields")
	}
	if n > 0 {
		if len(apart) > 0 {
			s.Notes = append(s.Notes, "The fields that both have stand in another order.")
		}
		return
	}
	if len(apart) == 0 || recoded(x, y) {
		apart = append(apart, "how characters are encoded")
	}
	onlyBytes(s, apart)
}

// recoded says that a field that both have is written differently.
func recoded(a, b []entry) bool {
	for _, o := range pairEntries(a, b) {
		if o.a >= 0 && o.b >= 0 && a[o.a].written != b[o.b].written {
			return true
		}
	}
	return false
}

func (d *drawing) formEntries(body string) (out []entry) {
	for part := range strings.SplitSeq(body, "&") {
		if part == "" {
			continue
		}
		k, v, _ := strings.Cut(part, "=")
		name, value := decoded(k), decoded(v)
		e := entry{name: label(name), key: name, cmp: value, text: visible(value, false), written: part}
		if d.mask.HidesField(name) && value != "" {
			e.text, e.masked = export.Hidden, true
		}
		out = append(out, e)
	}
	return out
}

// parts compares two multipart bodies part by part; the boundaries between them are of no matter.
func (d *drawing) parts(s *view.DiffSection, a, b payload) bool {
	x, errA := export.Parts(a.kind, a.data)
	y, errB := export.Parts(b.kind, b.data)
	if errA != nil || errB != nil {
		return false
	}
	s.Title += ", parts"
	before, after := d.partEntries(x), d.partEntries(y)
	if d.fields(s, before, after) == 0 {
		s.Notes = append(s.Notes, "The parts are the same; the boundary between them, their order or the lines over them differ. A signature made over A doesn’t fit B.")
	}
	return true
}

// partText is how long a part may be to be drawn; of a longer one, or of bytes that are no text, it is said what it is.
const partText = 4 << 10

func (d *drawing) partEntries(list []export.Part) (out []entry) {
	for i, p := range list {
		name := orWord(p.Name(), "part "+strconv.Itoa(i+1))
		kind := orWord(p.Value("Content-Type"), "text/plain")
		e := entry{name: label(name), key: name, cmp: p.File() + "\x00" + kind + "\x00" + string(p.Body)}
		shown := d.mask.Body(kind, p.Body)
		switch e.masked = !bytes.Equal(shown, p.Body); {
		case d.mask.HidesField(p.Name()) && len(p.Body) > 0:
			e.text, e.masked = export.Hidden, true
		case len(shown) > partText || !isText(shown):
			sum := sha256.Sum256(p.Body)
			e.text = size(int64(len(p.Body))) + ", sha256 " + hex.EncodeToString(sum[:8])
		default:
			e.text = visible(string(shown), true)
		}
		if p.File() != "" || p.Value("Content-Type") != "" {
			e.text = strings.TrimSpace(visible(p.File()+" "+mediaType(kind), false)) + ": " + e.text
		}
		out = append(out, e)
	}
	return out
}

// onlyBytes says that two bodies mean the same, which is what a signature doesn't forgive.
func onlyBytes(s *view.DiffSection, apart []string) {
	s.End = "the same, written differently"
	s.Notes = append(s.Notes, "Only the bytes differ: "+listed(apart)+". Both say the same, but a signature made over A doesn’t fit B. Raw bytes shows where.")
}

// listed is "a", "a and b", "a, b and c".
func listed(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

// written compares two bodies as they are: text by lines, anything else as hex dumps.
func (d *drawing) written(s *view.DiffSection, a, b payload) {
	if d.sealed(a.kind, a.encoding, a.data, a.more) || d.sealed(b.kind, b.encoding, b.data, b.more) {
		s.Notes = append(s.Notes, "The bytes hold a credential, in a form in which it can’t be covered alone: they are compared when it is revealed.")
		return
	}
	if !isText(a.data) || !isText(b.data) {
		s.Hex = true
		x, y := d.mask.Body(a.kind, a.data), d.mask.Body(b.kind, b.data)
		long := len(a.data) > hexMost || len(b.data) > hexMost
		if long {
			s.Notes = append(s.Notes, "Compared are the first "+size(hexMost)+" of each.")
		}
		if d.texts(s, hexLines(x[:min(hexMost, len(x))]), hexLines(y[:min(hexMost, len(y))])) == 0 && !long {
			s.Notes = append(s.Notes, "What differs is masked.")
		}
		return
	}
	x, y := d.textLines(a), d.textLines(b)
	if len(x) > linesMost || len(y) > linesMost {
		x, y = x[:min(linesMost, len(x))], y[:min(linesMost, len(y))]
		s.Notes = append(s.Notes, "Compared are the first "+view.Counted(linesMost, "line")+" of each.")
	}
	if d.texts(s, x, y) == 0 && len(x) < linesMost {
		s.Notes = append(s.Notes, "What differs is masked.")
	}
}

// textLines are a text's lines. Their ends count; what is masked is compared as it is.
func (d *drawing) textLines(p payload) (out []line) {
	shown := d.mask.Body(p.kind, p.data)
	plain := strings.SplitAfterN(string(p.data), "\n", linesMost+2)
	masked := strings.SplitAfterN(string(shown), "\n", linesMost+2)
	if bytes.Count(p.data, []byte("\n")) != bytes.Count(shown, []byte("\n")) { // a value of several lines is hidden: only what is drawn can be compared line by line
		plain = masked
	}
	for i, l := range plain {
		if i == len(plain)-1 && l == "" && i > 0 {
			break
		}
		text := strings.TrimRight(masked[i], "\r\n")
		out = append(out, line{
			cmp: l, text: visible(text, false), end: l[len(strings.TrimRight(l, "\r\n")):], masked: masked[i] != l,
		})
	}
	return out
}
