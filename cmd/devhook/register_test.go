package main

import (
	"bytes"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"devhook/cmd/devhook/config"
	"devhook/inspector/hooks"
	"devhook/inspector/hooks/hookstest"
	"devhook/inspector/provider"
)

// TestMark: a webhook that was made in the moment of a crash is found by its URL; what was there before, and what was
// made since, stays.
func TestMark(t *testing.T) {
	const url = "https://shop.example/hooks"
	for _, c := range []struct {
		name  string
		noted int // of the two that the lost run made, so many are in its mark
		whole bool
		left  int
	}{
		{"nothing was noted", 0, false, 1},
		{"one was noted", 1, false, 1},
		{"all was noted", 2, true, 1},
		{"all was noted, and another made since", 1, true, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			fake := hookstest.Seven("k")
			api := httptest.NewServer(fake)
			defer api.Close()
			to := &config.Register{Provider: "seven", API: api.URL, Credential: config.Secret{Ref: "env:KEY", Value: "k"}}
			var told bytes.Buffer
			s := &site{c: &cli{term: newTerm(&told, &told, nil), env: []string{"XDG_STATE_HOME=" + t.TempDir()}}, cfg: &config.Config{Register: to}}
			p, _ := provider.All().ByName("seven")
			client, err := hooks.New(hooks.Options{Provider: p, Credential: "k", Base: api.URL})
			if err != nil {
				t.Fatal(err)
			}
			s.reg = &registration{p: p, client: client}
			add := func(event string) hooks.Hook {
				made, err := client.Add(t.Context(), hooks.Wish{URL: url, Events: []string{event}})
				if err != nil {
					t.Fatal(err)
				}
				return made[0]
			}
			before := add("all")
			m, err := s.c.newMark("lost", to, url, []hooks.Hook{before, {ID: "1", URL: "https://other.example"}})
			if err != nil {
				t.Fatal(err)
			}
			for i, event := range []string{"dlr", "sms_mo"} {
				h := add(event)
				if i < c.noted {
					if err := m.made(h.ID); err != nil {
						t.Fatal(err)
					}
				}
			}
			if c.whole {
				m.whole()
			}
			if s.c.left() != nil {
				t.Fatal("a mark whose process lives was taken for one that is left")
			}
			m.leave() // as the end of the process does
			if err := s.removeLeft(t.Context()); err != nil {
				t.Fatal(err)
			}
			all, err := client.List(t.Context())
			if err != nil || len(all) != c.left || all[0].ID != before.ID {
				t.Errorf("left %+v, %v; told %s", all, err, told.String())
			}
			dir, _ := config.StateDir(s.c.env)
			files, err := os.ReadDir(filepath.Join(dir, registeredFolder))
			if err != nil || len(files) > 0 {
				t.Errorf("files %v, %v", files, err)
			}
			if !strings.Contains(told.String(), "took away what a devhook that ended early had left with seven.io: 1234") {
				t.Errorf("told %s", told.String())
			}
		})
	}
}

// TestMoved: when the relay gives another address the sender is told, and hears no more of the old one.
func TestMoved(t *testing.T) {
	for name, fault := range map[string]hookstest.Fault{
		"all well":                            {Path: "POST /nothing"},
		"the old one was removed by somebody": {Path: "DELETE /hooks", Lose: true},
	} {
		t.Run(name, func(t *testing.T) {
			fake := hookstest.Seven("k")
			api := httptest.NewServer(fake)
			defer api.Close()
			var told bytes.Buffer
			c := &cli{term: newTerm(&told, &told, nil), env: []string{"XDG_STATE_HOME=" + t.TempDir()}, known: provider.All()}
			s := &site{c: c, cfg: &config.Config{
				PublicURL: "https://old.example", Routes: []config.Route{{Path: "/hooks/sms/", Provider: "seven"}},
				Register: &config.Register{Provider: "seven", API: api.URL, Credential: config.Secret{Ref: "env:KEY", Value: "k"}},
			}}
			s.me.ID = "me"
			if err := s.openRegistration(); err != nil {
				t.Fatal(err)
			}
			if err := s.register(t.Context()); err != nil {
				t.Fatal(err)
			}
			s.cfg.PublicURL = "https://new.example"
			fake.Fail(fault)
			s.registerAgain(t.Context())
			all, err := s.reg.client.List(t.Context())
			if err != nil || len(all) != 1 || all[0].URL != "https://new.example/hooks/sms" || strings.Contains(told.String(), "warning") {
				t.Errorf("there are %+v, %v; told %s", all, err, told.String())
			}
			<-s.unregister(t.Context())
			if all, err := s.reg.client.List(t.Context()); err != nil || len(all) > 0 {
				t.Errorf("left %+v, %v; told %s", all, err, told.String())
			}
		})
	}
}
