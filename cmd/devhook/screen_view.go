package main

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"devhook/inspector/export"
	"devhook/inspector/provider"
	"devhook/store"
	"devhook/tunnel"
)

// view is what the screen shows: where everything is, how the tunnel is, and the
// last webhooks.
type view struct {
	term  *term
	mask  *export.Mask
	known provider.List
	facts func() [][2]string // label and text of the upper lines
	now   func() time.Time

	mu       sync.Mutex
	state    tunnel.State
	probed   bool
	ending   bool
	recorded int
	held     int               // how many wait for the app
	rows     []*store.Capture  // as they stand now, the newest first
	failing  map[string]string // of ours, by ID: sender and key of its retries
}

// shownRows bounds what is remembered for the screen.
const shownRows = 100

func newView(t *term, mask *export.Mask, known provider.List, facts func() [][2]string) *view {
	return &view{term: t, mask: mask, known: known, facts: facts, now: time.Now, failing: map[string]string{}}
}

// note takes a change of a capture. c is the capture as it stands now.
func (v *view) note(kind string, c *store.Capture) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if kind == store.ChangeRequest {
		v.recorded++
	}
	i := slices.IndexFunc(v.rows, func(r *store.Capture) bool { return r.ID == c.ID })
	switch {
	case i >= 0:
		v.rows[i] = c
	case kind != store.ChangeConclusion: // that of an old one makes it no new one
		v.rows = slices.Insert(v.rows, 0, c)
	}
	v.rows = v.rows[:min(len(v.rows), shownRows)]
	key := c.Provider + "\x00" + c.DedupeKey
	if delete(v.failing, c.ID); c.Failed && !c.Delivering {
		v.failing[c.ID] = key
	}
	if c.DedupeKey == "" || c.Last == nil || !c.Last.Accepted {
		return
	}
	for id, other := range v.failing { // an accepted retry settles the tries before it
		if other == key && id < c.ID {
			delete(v.failing, id)
		}
	}
}

func (v *view) tunnel(state tunnel.State) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.state = state
}

func (v *view) set(probed, ending bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.probed, v.ending = probed, ending
}

// setHeld says whether the number was another one.
func (v *view) setHeld(n int) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	was := v.held
	v.held = n
	return was != n
}

// moves says that the picture changes by itself: a countdown runs.
func (v *view) moves() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.state.Phase != tunnel.Online && !v.state.Next.IsZero()
}

// leftRows bounds how many webhooks are left in lines when the picture goes; devhook requests lists them all.
const leftRows = 20

// latest are the last captures of the picture, the oldest first.
func (v *view) latest() []*store.Capture {
	v.mu.Lock()
	defer v.mu.Unlock()
	all := slices.Clone(v.rows[:min(len(v.rows), leftRows)])
	slices.Reverse(all)
	return all
}

// lines is the picture, at most so wide and so high.
func (v *view) lines(width, height int) []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	upper := v.upper(width)
	lower := []string{"", v.footer()}
	if spare := height - len(upper) - len(lower); spare < 4 { // no room for rows between empty lines
		upper, lower = without(upper), without(lower)
	}
	room := height - len(upper) - len(lower)
	picture := upper[:min(len(upper), max(1, height))]
	what, who := v.parts(width)
	for _, c := range v.rows {
		row := v.row(c, width, what, who)
		if len(row) > room {
			break
		}
		picture, room = append(picture, row...), room-len(row)
	}
	if len(v.rows) == 0 && room > 0 {
		picture = append(picture, v.term.paint(dim, "  no webhook came yet"))
	}
	if room >= 0 {
		picture = append(picture, lower...)
	}
	for i := range picture {
		picture[i] = end(picture[i], width)
	}
	return picture
}

func without(lines []string) []string {
	return slices.DeleteFunc(lines, func(line string) bool { return line == "" })
}

func (v *view) upper(width int) []string {
	name, state := "  devhook", v.stateText()
	gap := max(2, min(width, 100)-widthOf(name)-widthOf(state))
	lines := []string{"", name + strings.Repeat(" ", gap) + state, ""}
	for _, fact := range v.facts() {
		lines = append(lines, fmt.Sprintf("  %-9s  %s", fact[0], fact[1]))
	}
	return append(lines, "")
}

// stateText is how the tunnel is. It is online when a request made the round trip.
func (v *view) stateText() string {
	s := v.state
	text, colour := "◐ "+string(s.Phase), yellow
	switch {
	case v.ending:
		text = "◐ ending"
	case s.Phase == tunnel.Online && v.probed:
		text, colour = "● online", green
	case s.Phase == tunnel.Online:
		text = "○ online, unprobed"
	case s.Phase == tunnel.Offline && s.Next.IsZero():
		text, colour = "✕ offline", red
	}
	if s.Phase == tunnel.Online && s.RTT >= time.Millisecond && !v.ending {
		text += fmt.Sprintf("  %d ms", s.RTT.Milliseconds())
	}
	if s.Phase != tunnel.Online && !v.ending {
		text += v.waiting()
	}
	return v.term.paint(colour, text)
}

func (v *view) waiting() string {
	text := ""
	if v.state.Attempt > 0 {
		text += fmt.Sprintf(", attempt %d", v.state.Attempt)
	}
	if left := v.state.Next.Sub(v.now()); left > 0 {
		text += fmt.Sprintf(", next in %d s", int(left.Seconds())+1)
	}
	if v.state.Err != nil && v.state.Next.IsZero() {
		text += ": " + end(quote(v.state.Err.Error()), 60)
	}
	return text
}

func (v *view) footer() string {
	text := fmt.Sprintf("  %s recorded", grouped(v.recorded))
	if v.held > 0 {
		text += fmt.Sprintf(", %s held: devhook queue", grouped(v.held))
	}
	if n := len(v.failing); n > 0 {
		text += fmt.Sprintf(", %s failed: devhook resend --failed", grouped(n))
	}
	return v.term.paint(dim, text+"   Ctrl-C ends it")
}

// grouped is a number with its thousands parted: 1,284.
func grouped(n int) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// marks repeat the verdict; without colour they tell it alone.
var marks = map[store.Verdict]string{store.Valid: "●", store.Invalid: "✕", store.Missing: "!", store.Unchecked: "○"}

// stampWidth is what stands before the words of a row: time and mark.
const stampWidth = 2 + 8 + 2 + 2

// parts shares a row between what came and who sent it. Names of senders and
// events take what they need, up to half of it, or what leaves a path 20 columns.
func (v *view) parts(width int) (what, who int) {
	room := max(20, width-stampWidth-2-2-7-2-6) // answer and milliseconds, and what parts them
	for _, c := range v.rows {
		who = max(who, widthOf(whose(c)))
	}
	who = min(who, max(room/2, room-20))
	return room - who, who
}

func whose(c *store.Capture) string { return strings.TrimSpace(quote(c.Provider + " " + c.Event)) }

// row is one webhook, and a second line for what is wrong with it.
func (v *view) row(c *store.Capture, width, what, who int) []string {
	method, target := quote(c.Method), quote(v.mask.Target(c.Target))
	text := strings.TrimSpace(method + " " + middle(target, max(4, what-widthOf(method)-1)))
	if text == "" {
		text = "(no request line)"
	}
	answer, took := v.answer(c)
	line := "  " + c.ReceivedAt.Local().Format("15:04:05") + "  " + v.term.paint(verdictColour(string(c.Verdict)), marks[c.Verdict]) + " " +
		padded(text, what) + "  " + padded(end(whose(c), who), who) + "  " + answer + "  " + took
	lines := []string{strings.TrimRight(line, " ")}
	if why := v.why(c); why != "" {
		lines = append(lines, strings.Repeat(" ", stampWidth-2)+v.term.paint(dim, end(why, width-stampWidth+2)))
	}
	return lines
}

func padded(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-widthOf(text)))
}

// answer is the last answer and its time, as wide as their columns.
func (v *view) answer(c *store.Capture) (answer, took string) {
	text, ms := answerCell(c)
	text = strings.ReplaceAll(text, " !", "")
	if ms != "" {
		ms = fmt.Sprintf("%6s", millis(c.Last.Duration))
	}
	text = fmt.Sprintf("%7s", text)
	if c.Failed && !c.Delivering {
		text = v.term.paint(red, text)
	}
	return text, ms
}

// why is what keeps a webhook from being a success, "" if nothing does.
func (v *view) why(c *store.Capture) string {
	if c.Last != nil && !c.Last.Accepted {
		if text := fault(v.known, c, c.Last); text != "" {
			return quote(text)
		}
	}
	switch {
	case c.State != store.Complete && c.State != store.Held && c.Reason != "":
		return quote(string(c.State) + ": " + c.Reason)
	case c.Verdict != store.Invalid && c.Verdict != store.Missing:
		return ""
	case len(c.Hints) > 0:
		return quote(c.Hints[0])
	}
	return quote(c.Reason)
}
