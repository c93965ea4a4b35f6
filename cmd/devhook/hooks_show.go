package main

import (
	"net/url"
	"slices"
	"strings"

	"devhook/inspector/hooks"
)

// hookObject is a webhook at its sender, in JSON.
type hookObject struct {
	Provider  string            `json:"provider"`
	ID        string            `json:"id"`
	URL       string            `json:"url"`
	Events    []string          `json:"events"`
	Method    *string           `json:"method"`
	State     *string           `json:"state"`
	SecretRef *string           `json:"secret_ref"` // where a secret was kept that the sender made
	Details   map[string]string `json:"details"`
}

// show prints webhooks: a table for people, an object each for programs.
func (h *hooking) show(all []hooks.Hook, action string) error {
	rows := make([][]string, 0, len(all))
	for _, one := range all {
		ref := ""
		if action != "list" && h.sender.Makes && one.Secret != "" && one.State != "deactivated" {
			ref = h.keep(one)
		}
		if h.c.json {
			if err := h.c.term.object(h.object(one, ref)); err != nil {
				return err
			}
		}
		var more []string
		for _, field := range one.Extra {
			more = append(more, field.Name+" "+field.Value)
		}
		rows = append(rows, []string{
			quote(one.ID), orDash(quote(strings.Join(one.Events, ", "))), quote(shownURL(one.URL)), orDash(quote(one.Method)), orDash(quote(one.State)),
			orDash(quote(strings.Join(more, ", "))),
		})
	}
	if h.c.json {
		return nil
	}
	if len(rows) == 0 {
		h.c.term.tell("%s has no webhook of this account", h.p.Title)
		return nil
	}
	columns := []column{
		{head: "ID"},
		{head: "EVENTS", limit: 60, least: 10, shorten: end},
		{head: "URL", least: 24, shorten: middle},
		{head: "CALLED BY", spare: 2},
		{head: "STATE", colour: hookColour},
		{head: "MORE", limit: 76, least: 12, shorten: end, spare: 1},
	}
	return h.c.term.table(filled(columns, rows))
}

// filled leaves out the columns in which no row has anything: not every sender tells the same.
func filled(columns []column, rows [][]string) ([]column, [][]string) {
	for i := len(columns) - 1; i >= 0; i-- {
		if slices.ContainsFunc(rows, func(row []string) bool { return row[i] != "-" }) {
			continue
		}
		columns = slices.Delete(columns, i, i+1)
		for n := range rows {
			rows[n] = slices.Delete(rows[n], i, i+1)
		}
	}
	return columns, rows
}

func hookColour(state string) string {
	return map[string]string{"valid": green, "enabled": green, "active": green, "invalid": red, "new": yellow}[state]
}

func (h *hooking) object(one hooks.Hook, ref string) hookObject {
	o := hookObject{
		Provider: h.p.Name, ID: one.ID, URL: shownURL(one.URL), Events: one.Events, Method: orNull(one.Method), State: orNull(one.State),
		SecretRef: orNull(ref), Details: map[string]string{},
	}
	if o.Events == nil {
		o.Events = []string{}
	}
	for _, field := range one.Extra {
		o.Details[field.Name] = field.Value
	}
	return o
}

// shownURL is an address without the password that may stand in it.
func shownURL(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	if _, has := u.User.Password(); has {
		return u.Redacted()
	}
	return address
}

func (h *hooking) removed(ids []string) error {
	what := shownURL(h.wish.URL)
	if len(ids) > 0 {
		what = ids[0]
	}
	if h.c.json {
		return h.c.term.object(struct {
			Provider string `json:"provider"`
			Removed  string `json:"removed"`
		}{h.p.Name, what})
	}
	return h.c.term.line("removed    %s", quote(what))
}

// keep writes a secret that the sender made into a file of the state folder that only its owner reads, and returns
// the reference to it, "" where that is not possible.
func (h *hooking) keep(one hooks.Hook) string {
	path, err := h.c.keepSecret(h.p.Name+"-"+one.ID, one.Secret)
	if err != nil {
		h.c.term.tell("warning: the secret of %s can't be kept: %s\nhint: copy it from %s's own pages", quote(one.ID), reason(err), h.p.Title)
		return ""
	}
	h.c.term.tell("secret     %s\nhint: devhook up 3000 --verify %s=file:%s", quote("file:"+path), h.p.Name, quote(path))
	return "file:" + path
}
