package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"devhook/cmd/devhook/config"
	"devhook/inspector/hooks"
)

// useMade has the events of the credential sent here, at a sender that sends them to one webhook alone, and remembers
// where they went before. One that the sender could not reach gets none: then they would go nowhere.
func (s *site) useMade(ctx context.Context, made hooks.Hook) error {
	r := s.reg
	if !r.sender.Chooses || made.State == "invalid" {
		return nil
	}
	before, err := r.client.InUse(ctx)
	if err != nil {
		return err
	}
	if r.mark.told.Used == "" || before != r.mark.told.Used { // else it is an earlier one of ours
		r.mark.told.Displaced = s.c.displaced(r.mark.told, before)
	}
	r.mark.told.Used = made.ID
	if err := r.mark.write(); err != nil {
		return err
	}
	if err := r.client.Use(ctx, made.ID); err != nil {
		return err
	}
	text := r.p.Title + " sends the events of this key here until devhook ends"
	if before != "" && len(r.mark.told.Displaced) > 0 {
		text += ", in place of " + quote(r.mark.told.Displaced[0])
	}
	s.note(text)
	return nil
}

// displaced lists what a credential's events are to go back to, the best first: the webhook that had them and, where that
// is another up's of this machine, what it had taken the place of. That one may end first.
func (c *cli) displaced(mine marked, before string) []string {
	all := []string{}
	if before == "" {
		return all
	}
	all = append(all, before)
	for _, path := range c.markFiles() {
		var other marked
		text, err := os.ReadFile(path)
		if err == nil && json.Unmarshal(text, &other) == nil && other.Provider == mine.Provider && other.API == mine.API && other.Used == before {
			return append(all, other.Displaced...)
		}
	}
	return all
}

func (c *cli) markFiles() []string {
	dir, ok := config.StateDir(c.env)
	if !ok {
		return nil
	}
	paths, _ := filepath.Glob(filepath.Join(dir, registeredFolder, "*.json")) // the pattern is ours
	return paths
}

// putBack sends the events of the credential where they went before. If somebody has chosen another webhook since, that
// stays.
func (s *site) putBack(ctx context.Context, m *mark) error {
	if m.told.Used == "" {
		return nil
	}
	now, err := s.reg.client.InUse(ctx)
	if err != nil {
		return err
	}
	if now == m.told.Used {
		if err := s.useFirst(ctx, m.told.Displaced); err != nil {
			return err
		}
	}
	m.told.Used = ""
	_ = m.write() // else it is looked at once more
	return nil
}

// useFirst takes the first that the sender takes, and its default if it takes none.
func (s *site) useFirst(ctx context.Context, ids []string) (err error) {
	for _, id := range append(slices.Clone(ids), "") {
		if err = s.reg.client.Use(ctx, id); refusedByName(err) {
			continue
		}
		if err == nil && id == "" && len(ids) > 0 {
			s.warn("the webhooks that the key's events were to go back to are gone: "+quote(strings.Join(ids, ", ")),
				"say on "+s.reg.p.Title+"'s own pages where they are to go")
		}
		return err
	}
	s.warn("the key's events were not put back: "+quote(explained(hooksFault(s.reg.p, err)).text),
		"say on "+s.reg.p.Title+"'s own pages where they are to go")
	return nil
}

// refusedByName says that a sender did not want what was asked, so that something else may be.
func refusedByName(err error) bool {
	told, ok := errors.AsType[*hooks.Error](err)
	return ok && told.Cause == nil && !told.Unsure && told.Status < 429
}
