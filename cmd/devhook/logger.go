package main

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
)

// logger lets the rooms speak on stderr: warnings and errors only, in the voice
// of the terminal. What they log of a request is quoted like any remote text.
func (t *term) logger() *slog.Logger { return slog.New(logHandler{term: t}) }

// loggerUntil is a logger that falls silent when over is set.
func (t *term) loggerUntil(over *atomic.Bool) *slog.Logger {
	return slog.New(logHandler{term: t, over: over})
}

type logHandler struct {
	term  *term
	over  *atomic.Bool
	attrs []slog.Attr
}

func (h logHandler) Enabled(_ context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && (h.over == nil || !h.over.Load())
}

func (h logHandler) Handle(_ context.Context, r slog.Record) error {
	var b strings.Builder
	b.WriteString(quote(r.Message))
	cause, hint := "", ""
	show := func(a slog.Attr) bool {
		if err, ok := a.Value.Any().(error); ok {
			f := translate(err)
			cause, hint = ": "+f.text, f.hint
			return true
		}
		fmt.Fprintf(&b, ", %s %s", a.Key, quote(a.Value.String()))
		return true
	}
	for _, a := range h.attrs {
		show(a)
	}
	r.Attrs(show)
	if r.Level >= slog.LevelError {
		h.term.fault(b.String()+cause, hint)
		return nil
	}
	h.term.tell("warning: %s", b.String()+cause)
	return nil
}

func (h logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	h.attrs = append(h.attrs[:len(h.attrs):len(h.attrs)], attrs...)
	return h
}

// WithGroup keeps the names flat: a line is read by people.
func (h logHandler) WithGroup(string) slog.Handler { return h }
