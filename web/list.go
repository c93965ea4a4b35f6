package web

import (
	"cmp"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"devhook/store"
	"devhook/web/view"
)

// list is the tool bar and the list as a query chooses it.
func (s *Server) list(r *http.Request, all int) (view.Home, []*store.Capture, error) {
	rows, found, err := s.listRows(r, pageRows)
	if err != nil {
		return view.Home{}, nil, err
	}
	q := r.URL.Query()
	kept := filters(q)
	h := view.Home{Page: s.page(r, ""), Filter: s.toolbar(kept, rows.Failed)}
	h.List = view.List{
		Rows: rows, Filtered: len(kept) > 0, All: all, Paged: q.Get("before") != "",
		Newest: "/" + query(kept), Fragment: "/rows" + query(with(kept, "before", q.Get("before"))),
	}
	return h, found, nil
}

// listRows are the captures a query chooses, newest first.
func (s *Server) listRows(r *http.Request, limit int) (view.Rows, []*store.Capture, error) {
	q := r.URL.Query()
	f, err := filterOf(q, s.now(), limit+1)
	if err != nil {
		return view.Rows{}, nil, err
	}
	found, err := s.cfg.Store.List(r.Context(), f)
	if err != nil {
		return view.Rows{}, nil, err
	}
	var out view.Rows
	kept := filters(q)
	if len(found) > limit {
		found = found[:limit]
		out.Older = "/" + query(with(kept, "before", found[limit-1].ID))
	}
	f.Before, f.Limit = "", 0
	if out.Total, err = s.cfg.Store.Count(r.Context(), f); err != nil {
		return out, nil, err
	}
	if out.Failed, err = s.cfg.Store.Count(r.Context(), store.Filter{Failed: true}); err != nil {
		return out, nil, err
	}
	p := s.presenter(false)
	for _, c := range found {
		out.Rows = append(out.Rows, p.row(c, kept))
	}
	return out, found, nil
}

// toolbar has every filter as an address, so that it works without script.
func (s *Server) toolbar(kept url.Values, failed int) view.Filter {
	f := view.Filter{
		Path: kept.Get("path"), Hidden: pairs(with(kept, "path", "")),
		Failed: kept.Get("failed") != "", FailedHref: "/" + query(with(kept, "failed", "1")), Count: failed,
		ResendHref: "/resend" + query(resendFilters(kept)), ClearHref: "/clear",
	}
	if f.Failed {
		f.FailedHref = "/" + query(with(kept, "failed", ""))
	}
	f.Menus = []view.Menu{
		menu(kept, "Verdict", "verdict", named("valid", "invalid", "missing", "unchecked")),
		menu(kept, "Sender", "provider", s.senders()),
		menu(kept, "Answer", "status", named("2xx", "3xx", "4xx", "5xx", "none")),
	}
	for _, name := range []string{"method", "since", "q"} {
		if kept.Get(name) != "" {
			f.Menus = append(f.Menus, menu(kept, name, name, nil))
		}
	}
	return f
}

type choice struct{ value, label string }

func named(values ...string) []choice {
	out := make([]choice, len(values))
	for i, v := range values {
		out[i] = choice{v, v}
	}
	return out
}

// senders are the providers known by a proper name, in its order.
func (s *Server) senders() []choice {
	var out []choice
	for name, title := range maps.All(s.cfg.Titles) {
		out = append(out, choice{name, title})
	}
	slices.SortFunc(out, func(a, b choice) int {
		return cmp.Compare(strings.ToLower(a.label), strings.ToLower(b.label))
	})
	return out
}

func menu(kept url.Values, label, name string, choices []choice) view.Menu {
	m := view.Menu{Label: label, Clear: "/" + query(with(kept, name, ""))}
	m.Value = cut(visible(kept.Get(name), false), 30)
	for _, c := range choices {
		if c.value == kept.Get(name) {
			m.Value = c.label
		}
		m.Items = append(m.Items, view.Choice{Label: c.label, Href: "/" + query(with(kept, name, c.value))})
	}
	return m
}

// resendFilters are those of the list that choose what is resent, too.
func resendFilters(kept url.Values) url.Values {
	out := url.Values{}
	for _, name := range []string{"provider", "since"} {
		if v := kept.Get(name); v != "" {
			out.Set(name, v)
		}
	}
	return out
}
