package web

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"devhook/store"
	"devhook/web/view"
)

// list is the tool bar and the list as a query chooses it. A search that can't be understood finds nothing and says why.
func (s *Server) list(r *http.Request, all int) (view.Home, []*store.Capture, error) {
	kept := search(r.URL.Query())
	rows, found, err := s.listRows(r, pageRows)
	fault := searchFault(err)
	if err != nil && fault == "" {
		return view.Home{}, nil, err
	}
	h := view.Home{Page: s.page(r, ""), Filter: s.toolbar(kept, rows.Failed)}
	h.Filter.Fault = fault
	h.List = view.List{
		Rows: rows, Fault: fault, All: all, Paged: r.URL.Query().Get("before") != "",
		Kept: pairs(kept), Newest: "/" + query(kept), Fragment: "/rows" + query(with(kept, "before", r.URL.Query().Get("before"))),
	}
	return h, found, nil
}

// status is what a page is answered with: a search that can't be understood is the asker's mistake.
func status(h view.Home) int {
	if h.Filter.Fault != "" {
		return http.StatusBadRequest
	}
	return http.StatusOK
}

// listPart is the list anew for another search, without the rest of the page: htmx has it.
func (s *Server) listPart(w http.ResponseWriter, r *http.Request, all int) error {
	h, _, err := s.list(r, all)
	if err != nil {
		return err
	}
	if h.Filter.Fault != "" { // what is shown stays: the search may be half typed
		return render(r.Context(), w, status(h), view.SearchFault(h.Filter.Fault))
	}
	return render(r.Context(), w, http.StatusOK, view.ListPart(h))
}

// listRows are the captures a query chooses, newest first.
func (s *Server) listRows(r *http.Request, limit int) (view.Rows, []*store.Capture, error) {
	q := r.URL.Query()
	var out view.Rows
	var err error
	if out.Failed, err = s.count(r.Context(), store.Filter{Failed: true}); err != nil {
		return out, nil, err
	}
	f, err := filterOf(q, s.now(), limit+1)
	if err != nil {
		return out, nil, err
	}
	found, err := s.cfg.Store.List(r.Context(), f)
	if err != nil {
		return out, nil, err
	}
	kept := search(q)
	if len(found) > limit {
		found = found[:limit]
		older := query(with(kept, "before", found[limit-1].ID))
		out.Older, out.More = "/"+older, "/rows"+older
	}
	f.Before, f.Limit = "", 0
	if out.Total, err = s.count(r.Context(), f); err != nil {
		return out, nil, err
	}
	p := s.presenter(false)
	for _, c := range found {
		out.Rows = append(out.Rows, p.row(c, kept))
	}
	return out, found, nil
}

// count is for a page, which says "2,000+" of what is more: to count on would make it wait.
func (s *Server) count(ctx context.Context, f store.Filter) (int, error) {
	return s.cfg.Store.CountUpTo(ctx, f, view.CountMost+1)
}

// toolbar has every quick filter as an address, so that it works without script. They edit the search.
func (s *Server) toolbar(kept url.Values, failed int) view.Filter {
	list := terms(kept, s.now())
	f := view.Filter{
		Search: kept.Get("q"), Help: searchHelp(), Failed: quick(list, "is") != "", Count: failed,
		ResendHref: "/resend" + query(kept), ClearHref: "/clear",
	}
	set := "failed"
	if f.Failed {
		set = ""
	}
	f.FailedHref = "/" + query(withQuick(list, "is", set))
	f.Menus = []view.Menu{
		menu(list, "Verdict", "verdict", named("valid", "invalid", "missing", "unchecked")),
		menu(list, "Sender", "provider", s.senders()),
		menu(list, "Answer", "status", named("2xx", "3xx", "4xx", "5xx", "none")),
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

func menu(list []store.Term, label, key string, choices []choice) view.Menu {
	value := quick(list, key)
	m := view.Menu{Label: label, Value: cut(visible(value, false), 30), Clear: "/" + query(withQuick(list, key, ""))}
	for _, c := range choices {
		if c.value == value {
			m.Value = c.label
		}
		m.Items = append(m.Items, view.Choice{Label: c.label, Href: "/" + query(withQuick(list, key, c.value))})
	}
	return m
}

// resendFilters are what chooses, among the failed, those that are resent.
func resendFilters(q url.Values) url.Values { return search(q) }
