package web

import (
	"context"
	"strconv"
	"time"

	"devhook/store"
	"devhook/web/view"
)

// tunnelFacts are what is known of the tunnel.
func tunnelFacts(t Status, now time.Time) []view.Fact {
	var out []view.Fact
	add := func(name, text string, code bool) {
		if text != "" {
			out = append(out, view.Fact{Name: name, Text: text, Code: code})
		}
	}
	state := t.Phase
	if t.Phase == "online" && !t.Probed {
		state += ", not tried from outside"
	}
	if !t.Since.IsZero() {
		state += " since " + t.Since.Local().Format("2 Jan 15:04:05") + ", for " + ago(now.Sub(t.Since))
	}
	add("State", orWord(state, "unknown"), false)
	add("Why", visible(t.Problem, false), false)
	add("Public address", t.PublicURL, true)
	add("Leads to", t.App, true)
	add("Relay", t.Relay, false)
	add("Came back", often(t.Reconnects), false)
	for _, o := range t.Others {
		text := orWord(o.PublicURL, o.Name) + " to " + o.App + ", " + orWord(o.Phase, "unknown")
		if o.Phase == "online" && !o.Probed {
			text += ", not tried from outside"
		}
		if o.Problem != "" {
			text += ": " + visible(o.Problem, false)
		}
		add("Another tunnel", text, false)
	}
	add("Inspector", t.InspectorURL, true)
	return out
}

// often is how often something was: "once", "3 times".
func often(n int) string {
	switch n {
	case 0:
		return ""
	case 1:
		return "once"
	}
	return strconv.Itoa(n) + " times"
}

// moments are the changes of the tunnel, the latest first.
func moments(t Status) []view.Moment {
	var out []view.Moment
	for _, m := range t.History {
		out = append(out, view.Moment{At: m.At.Local(), Clock: clock(m.At), State: m.Phase, Text: visible(m.Text, false)})
	}
	return out
}

// disk is what the database takes and what is left.
func (s *Server) disk(ctx context.Context, t Status) (view.Disk, error) {
	var d view.Disk
	space, err := s.cfg.Store.Space(ctx)
	if err != nil {
		return d, err
	}
	all, err := s.cfg.Store.Count(ctx, store.Filter{})
	if err != nil {
		return d, err
	}
	d.Total = size(space.File)
	if t.KeepSize > 0 {
		d.Total = size(space.Used) + " of " + size(t.KeepSize)
		d.Says = d.Total + " used"
		d.Meter = []view.Share{{Kind: "d1", Size: int(min(1000, 1000*space.Used/t.KeepSize))}}
	}
	requests := view.Counted(all, "request")
	if !space.Oldest.IsZero() {
		requests += " since " + space.Oldest.Local().Format("2 Jan 2006 15:04")
	}
	d.Facts = []view.Fact{{Name: "Kept", Text: requests}, {Name: "File", Text: s.cfg.Store.Path(), Code: true}, {Name: "Its size", Text: size(space.File)}}
	if free := space.File - space.Used; free >= 1<<20 {
		d.Facts = append(d.Facts, view.Fact{Name: "Empty in it", Text: size(free) + ", used again"})
	}
	if t.DiskFree > 0 {
		d.Facts = append(d.Facts, view.Fact{Name: "Free on the disk", Text: size(t.DiskFree)})
	}
	d.Note = keepNote(t)
	waiting, err := s.cfg.Store.Unindexed(ctx)
	if waiting > unindexedMany {
		d.Facts = append(d.Facts, view.Fact{Name: "Search", Text: "the newest " + view.Counted(waiting, "request") + " are not in its index yet: slower, but complete"})
	}
	return d, err
}

// unindexedMany is from how many captures on a search takes so long for them that the page says why.
const unindexedMany = 1000

// keepNote says what is deleted by itself.
func keepNote(t Status) string {
	if t.Keep <= 0 && t.KeepSize <= 0 {
		return "Nothing is deleted by itself."
	}
	text := "The oldest go first"
	if t.Keep > 0 {
		text += ", after " + days(t.Keep)
	}
	if t.KeepSize > 0 {
		text += ", and when all takes more than " + size(t.KeepSize)
	}
	return text + ". Pinned, held and undelivered ones stay."
}

// days is an age for people, in the unit it is given in.
func days(d time.Duration) string {
	if day := 24 * time.Hour; d >= day && d%day == 0 {
		return view.Counted(int(d/day), "day")
	}
	return view.Counted(int(d/time.Hour), "hour")
}
