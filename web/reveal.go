package web

import (
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"devhook/web/view"
)

// lifts says which masked values of a capture are shown all the same. Each has a reference that stays the same as long
// as what is masked does: "header:3" is the third line, "query:1" the first parameter, "body:2" the second masked
// value of the body.
type lifts struct {
	shown []string
	body  int    // masked values met in the body so far
	want  string // the one that is asked for by itself
	value string // what it is
	found bool
}

// liftsOf reads ?reveal=…; a yes or no there is about all of them and no matter of this.
func liftsOf(r *http.Request) *lifts {
	l := &lifts{}
	for _, ref := range r.URL.Query()["reveal"] {
		if strings.Contains(ref, ":") && len(ref) <= 20 && len(l.shown) < 100 {
			l.shown = append(l.shown, ref)
		}
	}
	return l
}

// secret tells of a masked value whether it is to be shown.
func (l *lifts) secret(ref, value string) view.Secret {
	if l == nil {
		return view.Secret{}
	}
	if ref == l.want {
		l.value, l.found = value, true
	}
	return view.Secret{Ref: ref, Lifted: slices.Contains(l.shown, ref)}
}

// next is the reference of the next masked value in the body.
func (l *lifts) next() string {
	if l == nil {
		return ""
	}
	l.body++
	return "body:" + strconv.Itoa(l.body)
}

// value answers with one masked value as plain text, for a page that has everything else.
func (s *Server) value(w http.ResponseWriter, r *http.Request) error {
	c, err := s.resolve(r)
	if err != nil {
		return err
	}
	o := opened{capture: c}
	if o.body, o.more, err = readBody(r.Context(), s.cfg.Store, c.ID, previewBytes); err != nil {
		return err
	}
	p := s.presenter(false)
	p.lifts = &lifts{want: r.URL.Query().Get("of")}
	p.headers(c)
	p.body(o)
	if !p.lifts.found {
		return fault{status: http.StatusNotFound, detail: "there is no such masked value"}
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, visible(p.lifts.value, true)) // the browser is gone if this fails
	return nil
}
