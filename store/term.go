package store

import (
	"slices"
	"strings"
)

// term adds the condition of one part of a search.
func (w *conditions) term(t Term) error {
	if len(t.Values) == 0 {
		return t.refuse("")
	}
	var fits conditions
	for _, v := range t.Values {
		if strings.ContainsRune(v, 0) || !fits.value(t, v) {
			return t.refuse(v)
		}
	}
	if len(fits.parts) == 0 {
		return nil // the empty word is everywhere
	}
	part := "(" + strings.Join(fits.parts, " OR ") + ")"
	if t.Not {
		part = "NOT " + part
	}
	w.add(part, fits.args...)
	switch {
	case t.Not:
	case t.Key == "path" && len(t.Values) == 1:
		w.wherePath(t.Values[0])
	case slices.Contains([]string{"", "head", "body"}, t.Key):
		w.find(t.Values)
	}
	return nil
}

// value adds the condition for one value of a term, and says whether there is
// one.
func (w *conditions) value(t Term, v string) bool {
	if t.Key != "" && v == "" {
		return false
	}
	switch t.Key {
	case "":
		w.anywhere(v)
	case "is":
		return w.is(v)
	case "provider":
		if v = strings.ToLower(v); v == "none" {
			v = ""
		}
		w.add("c.provider = ?", v)
	case "verdict":
		v = strings.ToLower(v)
		w.add("c.verdict = ?", v)
		return slices.Contains(verdicts, v)
	case "status":
		return w.status(v) == nil
	default:
		return w.text(t, v)
	}
	return true
}

// text is value for the filters that take nearly any.
func (w *conditions) text(t Term, v string) bool {
	switch t.Key {
	case "method":
		w.add("c.method = ? COLLATE NOCASE", v)
	case "event":
		w.add("c.event GLOB ?", strings.NewReplacer("[", "[[]", "?", "[?]").Replace(v))
	case "host":
		host := strings.ReplaceAll(likeText(v), "*", "%")
		w.add(`(c.host LIKE ? ESCAPE '\' OR c.host LIKE ? ESCAPE '\')`, host, host+":%")
	case "path":
		var p conditions
		p.prefix("c.target", v)
		w.add("("+strings.Join(p.parts, " AND ")+")", p.args...)
	case "note":
		w.add(`c.note <> '' AND c.note LIKE ? ESCAPE '\'`, within(v))
	case "head", "body":
		w.add("EXISTS (SELECT 1 FROM payloads p WHERE p.capture = c.seq AND CAST(p."+t.Key+` AS TEXT) LIKE ? ESCAPE '\')`, within(v))
	case "id":
		v = strings.ToUpper(v)
		w.add(`(c.id LIKE ? ESCAPE '\' OR c.id LIKE ? ESCAPE '\')`, likeText(v)+"%", "%"+likeText(v))
	case "since":
		w.add("c.received_at >= ?", nanos(t.At))
	case "until":
		w.add("c.received_at <= ?", nanos(t.At))
	default:
		return false
	}
	return true
}

func (w *conditions) is(v string) bool {
	v = strings.ToLower(v)
	i := slices.IndexFunc(isValues, func(known [2]string) bool { return known[0] == v })
	if i >= 0 {
		w.add(isValues[i][1])
	}
	return i >= 0
}

// anywhere adds the condition for text in any place that is searched. Heads and
// bodies are BLOBs, in which LIKE finds nothing unless told that they are text.
func (w *conditions) anywhere(text string) {
	if text == "" {
		return
	}
	like := within(text)
	w.add(`(c.target LIKE ? ESCAPE '\' OR c.event LIKE ? ESCAPE '\' OR c.event_id LIKE ? ESCAPE '\'
		OR c.note LIKE ? ESCAPE '\' OR EXISTS (SELECT 1 FROM payloads p WHERE p.capture = c.seq
			AND (CAST(p.head AS TEXT) LIKE ? ESCAPE '\' OR CAST(p.body AS TEXT) LIKE ? ESCAPE '\')))`,
		like, like, like, like, like, like)
}

// likeText takes the meaning of wildcards from what a user typed.
func likeText(text string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text)
}

func within(text string) string { return "%" + likeText(text) + "%" }
