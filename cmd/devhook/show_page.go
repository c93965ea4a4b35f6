package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"devhook/inspector/provider"
	"devhook/store"
)

// labelled prints text under a label of the left column, later lines indented.
func (p *page) labelled(label string, lines ...string) {
	for i, text := range lines {
		if i > 0 {
			label = ""
		}
		p.line("%s", p.term.fold(fmt.Sprintf("%-10s %s", label, text), 11))
	}
}

func (p *page) verdict(c *store.Capture) {
	p.line("")
	text := p.term.paint(verdictColour(string(c.Verdict)), string(c.Verdict))
	if c.Reason != "" {
		text += ": " + quote(c.Reason)
	}
	lines := []string{text}
	for _, check := range c.Checks {
		mark := "no   "
		if check.OK {
			mark = "ok   "
		}
		lines = append(lines, mark+quote(check.Text))
	}
	p.labelled("verdict", lines...)
	for _, hint := range c.Hints {
		p.labelled("hint", wrap(quote(hint), 78)...)
	}
}

func (p *page) facts(c *store.Capture) {
	p.line("")
	received := c.ReceivedAt.Local().Format(stamp + ".000")
	if c.RemoteAddr != "" {
		received += "  from " + quote(c.RemoteAddr)
	}
	p.labelled("received", received)
	id := c.ID
	if c.EventID != "" {
		id += "   event " + quote(c.EventID)
	}
	p.labelled("id", id)
	if c.State != store.Complete {
		p.labelled("state", string(c.State))
	}
	if c.DuplicateOf != "" {
		p.labelled("duplicate", "of "+shortID(c.DuplicateOf))
	}
	parts := []string{bytesText(c.BodySize)}
	if t := headValue(c.Head, "Content-Type"); t != "" {
		parts = append(parts, quote(t))
	}
	if len(c.BodySHA256) > 16 && c.BodySize > 0 {
		parts = append(parts, "sha256 "+c.BodySHA256[:8]+"…"+c.BodySHA256[len(c.BodySHA256)-4:])
	}
	p.labelled("body", strings.Join(parts, ", "))
	if c.Note != "" {
		p.labelled("note", quote(c.Note))
	}
	if c.Pinned {
		p.labelled("pinned", "yes")
	}
}

func (p *page) deliveries(c *store.Capture, all []*store.Delivery) {
	p.line("\ndeliveries")
	if len(all) == 0 {
		p.line("  none")
	}
	for _, d := range all {
		answer := "none"
		if d.Status != 0 {
			answer = fmt.Sprint(d.Status)
		}
		line := fmt.Sprintf("  %-9s  %s  %s  %4s %6s  %s", d.Kind, d.At.Local().Format("15:04:05"),
			quote(p.mask.Target(d.Target)), answer, millis(d.Duration), strings.Join(outcome(p.known, c, d), ", "))
		p.line("%s", p.term.fold(strings.TrimRight(line, " "), 13))
		for _, note := range d.Notes {
			p.line("%s", p.term.fold(strings.Repeat(" ", 13)+quote(note), 13))
		}
	}
}

// answer prints what the app said last, head and body.
func (p *page) answer(d *store.Delivery, body []byte, more bool) {
	p.line("\nanswer")
	status, _, _ := strings.Cut(string(d.Head), "\n")
	p.line("  %s", quote(strings.TrimSuffix(status, "\r")))
	p.headers(d.Head)
	if d.BodySize > 0 {
		p.line("")
		p.text(d.Head, body, d.BodySize, more || d.Truncated, "--json")
	}
}

// outcome is what is to be said of a delivery besides its status.
func outcome(known provider.List, c *store.Capture, d *store.Delivery) []string {
	var words []string
	if text := fault(known, c, d); text != "" {
		words = append(words, quote(text))
	}
	if d.Kind == store.Replay {
		words = append(words, changes(d))
	}
	if d.SenderGone > 0 {
		words = append(words, fmt.Sprintf("sender gave up after %.0f s", d.SenderGone.Seconds()))
	}
	return words
}

// changes says how a replay differed from what arrived.
func changes(d *store.Delivery) string {
	switch {
	case d.Edited && len(d.Resigned) > 0:
		return "edited and re-signed"
	case d.Edited:
		return "edited"
	case len(d.Resigned) > 0:
		return "re-signed"
	}
	return "unchanged"
}

// head prints the header lines in the order and case in which they came.
func (p *page) head(raw []byte) {
	p.line("\nhead")
	p.headers(raw)
}

func (p *page) headers(raw []byte) {
	masked := headLines(p.mask.Head(raw))
	for i, line := range headLines(raw) {
		note := ""
		if i < len(masked) && masked[i] != line {
			line, note = masked[i], "  (masked, --reveal shows it)"
		}
		p.line("  %s%s", quote(line), note)
	}
}

// headLines are the lines of a raw head behind the start line.
func headLines(raw []byte) []string {
	text := strings.TrimRight(string(raw), "\r\n")
	_, rest, found := strings.Cut(text, "\n")
	if !found {
		return nil
	}
	lines := strings.Split(rest, "\n")
	for i := range lines {
		lines[i] = strings.TrimSuffix(lines[i], "\r")
	}
	return lines
}

// headValue is the first header of that name, without the white space around it.
func headValue(raw []byte, name string) string {
	for _, line := range headLines(raw) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.EqualFold(key, name) {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// body prints a text body: JSON laid out, anything else as it came.
func (p *page) body(c *store.Capture, body []byte, more bool) {
	if c.BodySize == 0 {
		return
	}
	p.line("\nbody")
	p.text(c.Head, body, c.BodySize, more, "--raw")
}

// text prints a body of that head and size; whole is the flag that prints all.
func (p *page) text(head, body []byte, size int64, more bool, whole string) {
	body = p.mask.Body(headValue(head, "Content-Type"), body)
	if !utf8.Valid(body) && !more || bytes.IndexByte(body, 0) >= 0 {
		p.line("  %s that are no text, %s prints them", bytesText(size), whole)
		return
	}
	var pretty bytes.Buffer
	show := quote
	if !more && json.Indent(&pretty, body, "", "  ") == nil {
		body, show = pretty.Bytes(), p.term.jsonLine
	}
	for line := range strings.SplitSeq(strings.TrimRight(string(body), "\r\n"), "\n") {
		p.line("  %s", show(strings.TrimSuffix(line, "\r")))
	}
	if more {
		p.line("  … the rest of %s: %s prints all", bytesText(size), whole)
	}
}

// wrap breaks text into lines of at most n characters where there are spaces.
func wrap(text string, n int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > n {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}

// bytesText is a size for people, in powers of 1024.
func bytesText(n int64) string {
	units := []string{"KiB", "MiB", "GiB"}
	if n < 1024 {
		return fmt.Sprintf("%d B", n)
	}
	size, unit := float64(n)/1024, 0
	for size >= 1024 && unit < len(units)-1 {
		size, unit = size/1024, unit+1
	}
	return fmt.Sprintf("%.1f %s", size, units[unit])
}
