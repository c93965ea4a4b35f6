package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"devhook/store"
)

// tidyEvery is between two looks for what is to be forgotten.
const tidyEvery = 10 * time.Minute

// tidying forgets old requests beside everything else, at once and at each
// tick, until stop, which waits for a step that has begun.
func (a *agent) tidying(ctx context.Context, ticks <-chan time.Time) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			a.tidy(ctx)
			select {
			case <-ticks:
			case <-ctx.Done():
				return
			}
		}
	}()
	return func() { cancel(); <-done }
}

// tidy forgets what is too old, and then the oldest of what is too much. That it
// can't be is told once: what can be stored still is.
func (a *agent) tidy(ctx context.Context) {
	aged, err := a.db.Prune(ctx, store.Keep{Age: a.cfg.Keep})
	if aged > 0 {
		a.note(fmt.Sprintf("forgot %s older than %s (--keep)", count(aged, "request", "requests"), ageText(a.cfg.Keep)))
	}
	if err == nil && a.cfg.KeepSize > 0 {
		var over int
		over, err = a.db.Prune(ctx, store.Keep{Size: a.cfg.KeepSize})
		if over > 0 {
			a.note(fmt.Sprintf("forgot %s, the oldest, to keep the database below %s (--keep-size)", count(over, "request", "requests"), sizeText(a.cfg.KeepSize)))
		}
	}
	if err == nil || ctx.Err() != nil {
		return
	}
	if text := reason(err); text != a.untidy {
		a.untidy = text
		a.c.warn("old requests can't be forgotten: "+text, "devhook doctor says more of the database")
	}
}

// note tells people something they may want to know.
func (a *agent) note(text string) { a.c.term.tell("note: %s", text) }

// ageText is an age as --keep takes it.
func ageText(d time.Duration) string {
	if day := 24 * time.Hour; d%day == 0 {
		return fmt.Sprintf("%dd", d/day)
	}
	text := d.String()
	for _, zero := range []string{"m0s", "h0m"} { // 12h0m0s is 12h
		if strings.HasSuffix(text, zero) {
			text = strings.TrimSuffix(text, zero[1:])
		}
	}
	return text
}

// sizeText is a size as --keep-size takes it.
func sizeText(n int64) string {
	for _, unit := range []struct {
		name  string
		bytes int64
	}{{"GB", 1e9}, {"MB", 1e6}, {"KB", 1e3}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}} {
		if n%unit.bytes == 0 {
			return fmt.Sprintf("%d%s", n/unit.bytes, unit.name)
		}
	}
	return fmt.Sprintf("%dB", n)
}
