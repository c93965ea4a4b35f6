package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gofrs/flock"

	"devhook/cmd/devhook/config"
	"devhook/inspector/hooks"
)

// registeredFolder holds the marks: one file for each up that registers, locked while it runs.
const registeredFolder = "registered"

// mark is what one up has at a sender, on disk. Its lock ends with the process, however that ends.
type mark struct {
	path string
	lock *flock.Flock
	told marked
}

// marked is a mark's file. It has the reference to a credential, never the credential.
type marked struct {
	Provider   string   `json:"provider"`
	API        string   `json:"api,omitempty"`
	Credential string   `json:"credential"`
	URL        string   `json:"url"`
	Before     []string `json:"before"` // webhooks to the same URL that were there already
	IDs        []string `json:"ids"`
	Whole      bool     `json:"whole"` // all that was made is among the IDs

	// At a sender that sends events to one webhook alone: ours that gets them, and those that had them before, the best
	// first. None of them means the sender's default.
	Used      string   `json:"used,omitempty"`
	Displaced []string `json:"displaced,omitempty"`
}

// newMark is written before anything is registered: a webhook that was made in the moment of a crash is found by its URL.
func (c *cli) newMark(instance string, to *config.Register, url string, there []hooks.Hook) (*mark, error) {
	dir, err := c.stateFolder(registeredFolder)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, instance+".json")
	m := &mark{path: path, lock: flock.New(path+".lock", flock.SetPermissions(0o600))}
	if held, err := m.lock.TryLock(); err != nil || !held {
		return nil, errors.Join(err, errors.New("its lock is held"))
	}
	m.told = marked{Provider: to.Provider, API: to.API, Credential: to.Credential.Ref, IDs: []string{}}
	return m, m.move(url, there)
}

// move is written before anything is registered for a URL.
func (m *mark) move(url string, there []hooks.Hook) error {
	m.told.URL, m.told.Before, m.told.Whole = url, []string{}, false
	for _, h := range there {
		if h.URL == url && !slices.Contains(m.told.IDs, h.ID) {
			m.told.Before = append(m.told.Before, h.ID)
		}
	}
	return m.write()
}

func (m *mark) write() error {
	text, err := json.MarshalIndent(m.told, "", "  ")
	if err != nil {
		return err
	}
	return replaceFile(m.path, append(text, '\n'))
}

func (m *mark) made(id string) error {
	m.told.IDs = append(m.told.IDs, id)
	return m.write()
}

// whole says that nothing but the IDs is to be looked for. If that can't be written more is looked for, which does no harm.
func (m *mark) whole() {
	m.told.Whole = true
	_ = m.write()
}

// gone forgets one that is taken away. If that can't be written it is looked for once more, which does no harm.
func (m *mark) gone(id string) {
	m.told.IDs = slices.DeleteFunc(m.told.IDs, func(one string) bool { return one == id })
	_ = m.write()
}

// end forgets a mark of which nothing is left at the sender.
func (m *mark) end() {
	_ = os.Remove(m.path)
	_ = os.Remove(m.path + ".lock")
	m.leave()
}

// leave lets the next start find a mark.
func (m *mark) leave() { _ = m.lock.Close() }

// left are the marks of processes that are no more, each locked: the caller ends or leaves it.
func (c *cli) left() []*mark {
	var all []*mark
	for _, path := range c.markFiles() {
		m := &mark{path: path, lock: flock.New(path+".lock", flock.SetPermissions(0o600))}
		if held, err := m.lock.TryLock(); err != nil || !held {
			continue // its process is alive
		}
		text, err := os.ReadFile(path)
		if err != nil || json.Unmarshal(text, &m.told) != nil {
			m.leave()
			continue
		}
		all = append(all, m)
	}
	return all
}

// ours says whether a mark is of the sender, the API and the account that this run registers with.
func (s *site) ours(m *mark) bool {
	to := s.cfg.Register
	return to != nil && to.Provider == m.told.Provider && to.API == m.told.API && to.Credential.Ref == m.told.Credential
}

// tellLeft tells of what an earlier run left at senders that this one does not talk to.
func (s *site) tellLeft() {
	for _, m := range s.c.left() {
		if !s.ours(m) && len(m.told.IDs) > 0 {
			hint := "devhook up --register " + m.told.Provider + " --credential " + m.told.Credential
			if m.told.API != "" {
				hint += " --api " + m.told.API
			}
			s.warn("a devhook that ended early is still registered with "+quote(m.told.Provider)+": "+quote(strings.Join(m.told.IDs, ", ")),
				quote(hint)+" takes it away")
		}
		m.leave()
	}
}

// removeLeft takes away what an earlier run left at our sender.
func (s *site) removeLeft(ctx context.Context) error {
	for _, m := range s.c.left() {
		if !s.ours(m) {
			m.leave()
			continue
		}
		if err := s.removeMarked(ctx, m); err != nil {
			m.leave()
			return s.unregistrable(err)
		}
		m.end()
	}
	return nil
}

// removeMarked takes away what is there of a mark, and tells of it. What is not listed may be another account's: the
// reference to a credential stays when what it names changes.
func (s *site) removeMarked(ctx context.Context, m *mark) error {
	named := slices.Clone(m.told.IDs)
	gone, err := s.takeMarked(ctx, m)
	if len(gone) > 0 {
		s.note("took away what a devhook that ended early had left with " + s.reg.p.Title + ": " + quote(strings.Join(gone, ", ")))
	}
	if missing := slices.DeleteFunc(named, func(id string) bool { return slices.Contains(gone, id) }); err == nil && len(missing) > 0 {
		s.warn(s.reg.p.Title+" no longer lists what a devhook that ended early had left: "+quote(strings.Join(missing, ", ")),
			"nothing is to be done, unless "+quote(m.told.Credential)+" was another account's then: take it away there")
	}
	return err
}

// takeMarked puts back what was displaced and takes away all that a mark names and, where it may not name all, what has
// its URL and was not there before.
func (s *site) takeMarked(ctx context.Context, m *mark) (gone []string, err error) {
	if err := s.putBack(ctx, m); err != nil {
		return nil, err
	}
	all, err := s.reg.client.List(ctx)
	if err != nil {
		return nil, err
	}
	for _, h := range all {
		if slices.Contains(m.told.IDs, h.ID) || !m.told.Whole && h.URL == m.told.URL && !slices.Contains(m.told.Before, h.ID) {
			if err := s.reg.client.Remove(ctx, h.ID); err != nil {
				return gone, err
			}
			m.gone(h.ID)
			gone = append(gone, h.ID)
		}
	}
	_ = s.reg.client.Notes()
	return gone, nil
}
