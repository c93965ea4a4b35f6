package main

import (
	"log/slog"
	"time"
)

// serverLog is what a relay says of its work: lines on stderr, or JSON there with --json. Times are UTC.
func (c *cli) serverLog() *slog.Logger {
	o := &slog.HandlerOptions{ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 && a.Key == slog.TimeKey {
			return slog.String(slog.TimeKey, a.Value.Time().UTC().Format(time.RFC3339))
		}
		return a
	}}
	if c.json {
		return slog.New(slog.NewJSONHandler(errorLines{c.term}, o))
	}
	return slog.New(slog.NewTextHandler(errorLines{c.term}, o))
}

// errorLines writes to the terminal's stderr, a line at a time.
type errorLines struct{ term *term }

func (e errorLines) Write(b []byte) (int, error) {
	e.term.mu.Lock()
	defer e.term.mu.Unlock()
	return e.term.err.Write(b)
}
