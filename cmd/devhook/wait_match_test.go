package main

import (
	"testing"

	"devhook/inspector"
)

func TestEventLike(t *testing.T) {
	for _, c := range []struct {
		pattern, event string
		want           bool
	}{
		{"push", "push", true},
		{"push", "push.x", false},
		{"*", "", true},
		{"*", "a/b", true},
		{"invoice.*", "invoice.paid", true},
		{"invoice.*", "invoice", false},
		{"*.paid", "invoice.paid", true},
		{"*.paid", "invoice.paid.x", false},
		{"a*b*c", "a-b-c", true},
		{"a*b*c", "abc", true},
		{"a*b*c", "acb", false},
		{"ab*ba", "aba", false},
		{"a.c", "abc", false},
	} {
		if got := inspector.EventLike(c.pattern, c.event); got != c.want {
			t.Errorf("%q and %q: %t", c.pattern, c.event, got)
		}
	}
}
