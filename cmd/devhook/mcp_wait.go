package main

import (
	"context"
	"time"

	"devhook/inspector"
	"devhook/store"
	"devhook/web"
)

type waitInput struct {
	Provider string  `json:"provider,omitempty" jsonschema:"only from this sender, by devhook's name"`
	Event    string  `json:"event,omitempty" jsonschema:"only this event; * stands for any letters"`
	Path     string  `json:"path,omitempty" jsonschema:"only paths that begin like this"`
	Verdict  string  `json:"verdict,omitempty" jsonschema:"valid, invalid, missing or unchecked"`
	Status   string  `json:"status,omitempty" jsonschema:"only with this answer of the app: 204, 2xx or none"`
	Since    string  `json:"since,omitempty" jsonschema:"also what came since then: 30s, 5m or 2026-11-21T22:10:00Z; the moment of the call if left out"`
	Timeout  float64 `json:"timeout,omitempty" jsonschema:"how many seconds, 300 at most; 30 if left out"`
}

type waitOutput struct {
	Request  any  `json:"request"` // null when the time is over
	TimedOut bool `json:"timed_out"`
}

const (
	agentWait    = 30 * time.Second // where none is named
	agentPatient = 5 * time.Minute  // the longest: whoever asks has a limit too
)

func waitTool(ctx context.Context, k *call, in waitInput) (any, error) {
	cfg, err := k.load(false, "db")
	if err != nil {
		return nil, err
	}
	f := filterFlags{provider: in.Provider, verdict: in.Verdict, path: in.Path, status: in.Status, since: in.Since}
	now := time.Now()
	filter, err := f.filter(k.known, now)
	if err != nil {
		return nil, err
	}
	if filter.OldestFirst = true; filter.Since.IsZero() {
		filter.Since = now
	}
	timeout := time.Duration(in.Timeout * float64(time.Second))
	if timeout <= 0 {
		timeout = agentWait
	}
	late, cancel := context.WithTimeout(ctx, min(timeout, agentPatient))
	defer cancel()
	found, err := k.await(late, cfg.DB, filter, in.Event)
	switch {
	case found != nil:
		return waitOutput{Request: web.CaptureJSON(found, masks(k.known))}, nil
	case late.Err() != nil && ctx.Err() == nil:
		return waitOutput{TimedOut: true}, nil
	case err == nil:
		err = ctx.Err()
	}
	return nil, err
}

// await waits for the first capture that fits; nil when ctx ends before. The database need not be there yet, and waiting
// makes none.
func (k *call) await(ctx context.Context, file string, filter store.Filter, event string) (found *store.Capture, err error) {
	if _, err := awaitFile(ctx, file, func() {}); err != nil {
		return nil, err
	}
	db, err := k.openStore(ctx, store.Options{Path: file})
	if err != nil {
		return nil, err
	}
	defer closing(db, &err)
	// Watching begins before the first look, so that nothing falls in between.
	changes, err := db.Watch(ctx, store.Position{})
	if err != nil {
		return nil, err
	}
	for more := true; more; more = nextChanges(changes) {
		list, err := db.List(ctx, filter)
		if err != nil {
			return nil, err
		}
		for _, c := range list {
			if event == "" || inspector.EventLike(event, c.Event) {
				return c, nil
			}
		}
	}
	return nil, nil
}

// nextChanges waits for a change and takes what has come besides: in a rush one look is enough for many.
func nextChanges(changes <-chan store.Change) (more bool) {
	for _, more = <-changes; more; {
		select {
		case _, more = <-changes:
		default:
			return true
		}
	}
	return false
}
