package main

import (
	"fmt"
	"strings"

	"devhook/inspector/export"
	"devhook/inspector/provider"
	"devhook/store"
)

// arrived is a webhook in words: POST /hooks/sms  telerivet incoming_message  valid.
func (t *term) arrived(c *store.Capture, mask *export.Mask) []string {
	var parts []string
	add := func(text string) {
		if text = strings.TrimSpace(text); text != "" {
			parts = append(parts, text)
		}
	}
	target := quote(mask.Target(c.Target))
	if t.width > 0 {
		target = middle(target, max(20, t.width-behindStamp-len(c.Method)-1))
	}
	add(quote(c.Method) + " " + target)
	add(quote(c.Provider + " " + c.Event))
	if c.State == store.Complete || c.State == store.Refused || c.State == store.Held {
		add(t.paint(verdictColour(string(c.Verdict)), string(c.Verdict)))
	}
	if c.State != store.Complete {
		text := string(c.State)
		if c.State != store.Refused && c.State != store.Held && c.Reason != "" {
			text += ": " + quote(c.Reason)
		}
		add(text)
	}
	if c.Instance == store.Imported {
		add("imported")
	}
	if c.DuplicateOf != "" {
		add("duplicate of " + shortID(c.DuplicateOf))
	}
	return parts
}

// answered is what came of a delivery in words: 204  38ms  Telerivet will count this as failed: …
func answered(known provider.List, c *store.Capture, d *store.Delivery) []string {
	status := "none"
	if d.Status != 0 {
		status = fmt.Sprint(d.Status)
	}
	parts := []string{status, millis(d.Duration)}
	if text := quote(fault(known, c, d)); text != "" {
		parts = append(parts, text)
	}
	if d.SenderGone > 0 {
		parts = append(parts, fmt.Sprintf("sender gave up after %.0f s", d.SenderGone.Seconds()))
	}
	return parts
}

// fault is why a delivery is no success, "" if it is one: what the sender makes
// of it, or of an unknown sender the error alone.
func fault(known provider.List, c *store.Capture, d *store.Delivery) string {
	why := d.Judgement
	if why == "" {
		why = d.Error
	}
	p, ok := known.ByName(c.Provider)
	if d.Accepted || why == "" || !ok {
		return d.Error
	}
	// After a replay, or what was held, the sender only would: it isn't told of it.
	verb := "will"
	if d.Kind == store.Replay || d.WasHeld() {
		verb = "would"
	}
	return fmt.Sprintf("%s %s count this as failed: %s", p.Title, verb, why)
}

// joined puts the parts of a line two spaces apart, the ID in brackets last.
func joined(id string, parts ...string) string {
	return strings.Join(parts, "  ") + "  [" + shortID(id) + "]"
}
