package view

import (
	"net/url"
	"strconv"
)

// Address is the capture's page at a tab, with credentials shown or not.
func (d Detail) Address(tab string, reveal bool) string {
	q := d.Query
	for _, p := range []Pair{{"tab", tab}, {"reveal", "1"}} {
		if p.Name == "reveal" && !reveal {
			continue
		}
		q += pick(q == "", "?", "&") + p.Name + "=" + p.Value
	}
	return "/requests/" + d.ID + q
}

// Title is what a window that shows the capture is called.
func (d Detail) Title() string { return d.Method + " " + d.Path + " · devhook" }

// arrived says that a tab shows only what came with the request, which never changes.
func arrived(tab string) bool { return tab == "headers" || tab == "body" || tab == "raw" }

// Secrets makes the links that show and hide single masked values of a capture at one of its tabs.
type Secrets struct {
	ID     string
	base   string // the tab's address without any of them
	lifted []string
}

func (d Detail) secrets(tab string) Secrets {
	return Secrets{ID: d.ID, base: d.Address(tab, false), lifted: d.Lifted}
}

// toggle is the page with a value shown that was masked, or the other way round; the others stay as they are.
func (s Secrets) toggle(of Secret) string {
	address := s.base
	for _, ref := range s.lifted {
		if ref != of.Ref {
			address += "&reveal=" + url.QueryEscape(ref)
		}
	}
	if !of.Lifted {
		address += "&reveal=" + url.QueryEscape(of.Ref)
	}
	return address
}

// value is the address of the value alone.
func (s Secrets) value(of Secret) string {
	return "/requests/" + s.ID + "/value?of=" + url.QueryEscape(of.Ref)
}

// title is what a printed panel is headed with.
func (d Detail) title(tab string) string {
	for _, t := range d.Tabs {
		if t.Name == tab {
			return t.Title
		}
	}
	return ""
}

// lazy says that a tab's panel is rendered only when it is asked for.
func (d Detail) lazy(tab string) bool {
	for _, t := range d.Tabs {
		if t.Name == tab {
			return t.Lazy
		}
	}
	return false
}

// shown says that a tab's panel is filled in this rendering.
func (d Detail) shown(tab string) bool { return tab == d.Tab || !d.lazy(tab) }

// masked says how many values aren't shown.
func (r Raw) masked() string {
	switch r.Masked {
	case 0:
		return ""
	case 1:
		return ", one value masked"
	}
	return ", " + strconv.Itoa(r.Masked) + " values masked"
}
