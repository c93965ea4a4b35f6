package view

import "strconv"

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
