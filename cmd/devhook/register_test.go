package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

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
			s, _, told := sevenSite(t, fake, "k")
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

// TestMovedHalf: an old address that the sender keeps is told, and goes with the end.
func TestMovedHalf(t *testing.T) {
	fake := hookstest.Seven("k")
	s, _, told := sevenSite(t, fake, "k")
	if err := s.register(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.cfg.PublicURL = "https://new.example"
	fake.Fail(hookstest.Fault{Path: "DELETE /hooks", Status: 400, Body: `{"success":false,"error_message":"not now"}`})
	s.registerAgain(t.Context())
	for _, want := range []string{"registered with seven.io until devhook ends: 12346", "the old address is still registered with seven.io: 12345: ", "not now"} {
		if !strings.Contains(told.String(), want) || strings.Contains(told.String(), "the new address is not registered") {
			t.Errorf("told %s, want %s", told, want)
		}
	}
	<-s.unregister(t.Context())
	if all, err := s.reg.client.List(t.Context()); err != nil || len(all) > 0 {
		t.Errorf("left %+v, %v", all, err)
	}
}

// TestDiskFull: what can't be written down at the end is taken away all the same.
func TestDiskFull(t *testing.T) {
	s, api, told := sevenSite(t, hookstest.Seven("k"), "k")
	if err := s.register(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Dir(s.reg.mark.path)); err != nil { // a write that fails, for every user
		t.Fatal(err)
	}
	<-s.unregister(t.Context())
	if all, err := s.reg.client.List(t.Context()); err != nil || len(all) > 0 {
		t.Errorf("left %+v, %v at %s", all, err, api)
	}
	if strings.Contains(told.String(), "warning") {
		t.Errorf("told %s", told)
	}
}

// TestOtherAccount: the reference to a credential may name another account by now, which does not list what was left.
func TestOtherAccount(t *testing.T) {
	s, _, _ := sevenSite(t, hookstest.Seven("k"), "k")
	if err := s.register(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.reg.mark.leave() // as the end of the process does
	later, api, told := sevenSite(t, hookstest.Seven("another"), "another")
	later.c.env = s.c.env
	left := s.reg.mark.told
	left.API = api
	m := &mark{path: s.reg.mark.path, told: left}
	if err := m.write(); err != nil {
		t.Fatal(err)
	}
	if err := later.removeLeft(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"seven.io no longer lists what a devhook that ended early had left: 12345", "unless env:KEY was another account's then"} {
		if !strings.Contains(told.String(), want) {
			t.Errorf("told %s, want %s", told, want)
		}
	}
}

// sevenSite is a site that can register with seven.io's API, which is at api, and what it tells.
func sevenSite(t *testing.T, fake *hookstest.Fake, key string) (s *site, api string, told *bytes.Buffer) {
	server := httptest.NewServer(fake)
	t.Cleanup(server.Close)
	told = &bytes.Buffer{}
	c := &cli{term: newTerm(told, told, nil), env: []string{"XDG_STATE_HOME=" + t.TempDir()}, known: provider.All()}
	s = &site{c: c, pub: &public{}, cfg: &config.Config{
		PublicURL: "https://old.example", Routes: []config.Route{{Path: "/hooks/sms/", Provider: "seven"}},
		Register: &config.Register{Provider: "seven", API: server.URL, Credential: config.Secret{Ref: "env:KEY", Value: key}},
	}}
	s.me.ID = "me"
	if err := s.openRegistration(); err != nil {
		t.Fatal(err)
	}
	return s, server.URL, told
}

// TestPutBack: events go back to the first of those that had them and is still there; what somebody chose since stays.
func TestPutBack(t *testing.T) {
	for name, c := range map[string]struct {
		displaced     []string
		chosen        string // since, by somebody
		want, warning string
	}{
		"the one before":               {[]string{"wc0001"}, "", "wc0001", ""},
		"none before":                  {nil, "", "", ""},
		"the one before it":            {[]string{"wc0002", "wc0001"}, "", "wc0001", ""},
		"all are gone":                 {[]string{"wc0002", "wc0099"}, "", "", "were to go back to are gone: wc0002, wc0099"},
		"somebody chose another since": {nil, "wc0001", "wc0001", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s, told := threeOfRicloud(t)
			client := s.reg.client
			ours := "wc0003"
			if err := errors.Join(client.Remove(t.Context(), "wc0002"), client.Use(t.Context(), cmp.Or(c.chosen, ours))); err != nil {
				t.Fatal(err)
			}
			m := &mark{path: filepath.Join(t.TempDir(), "m.json"), told: marked{Used: ours, Displaced: c.displaced}}
			if err := s.putBack(t.Context(), m); err != nil {
				t.Fatal(err)
			}
			used, err := client.InUse(t.Context())
			if err != nil || used != c.want || m.told.Used != "" {
				t.Errorf("%q is used, %v, want %q; the mark has %q", used, err, c.want, m.told.Used)
			}
			if got := told.String(); (got != "") != (c.warning != "") || !strings.Contains(got, c.warning) {
				t.Errorf("told %q, want %q", got, c.warning)
			}
		})
	}
}

// threeOfRicloud is a site that is registered with ricloud, where three webhooks are, and what it tells.
func threeOfRicloud(t *testing.T) (*site, *bytes.Buffer) {
	api := httptest.NewServer(hookstest.Ricloud("k", "GET"))
	t.Cleanup(api.Close)
	receiver := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(receiver.Close)
	p, _ := provider.All().ByName("ricloud")
	client, err := hooks.New(hooks.Options{
		Provider: p, Credential: "k", Base: api.URL,
		Sleep: func(context.Context, time.Duration) error { time.Sleep(10 * time.Millisecond); return nil }, // the test has its turn
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := client.Add(t.Context(), hooks.Wish{URL: receiver.URL}); err != nil {
			t.Fatal(err)
		}
	}
	sender, _ := hooks.ByName("ricloud")
	var told bytes.Buffer
	c := &cli{term: newTerm(&told, &told, nil), env: []string{"XDG_STATE_HOME=" + t.TempDir()}}
	return &site{c: c, cfg: &config.Config{}, reg: &registration{p: p, sender: sender, client: client}}, &told
}

// TestUseMoved: an address that changes displaces what was there before the first, not the first.
func TestUseMoved(t *testing.T) {
	s, told := threeOfRicloud(t)
	s.reg.mark = &mark{path: filepath.Join(t.TempDir(), "m.json")}
	if err := s.reg.client.Use(t.Context(), "wc0001"); err != nil {
		t.Fatal(err)
	}
	for _, made := range []hooks.Hook{{ID: "wc0002", State: "valid"}, {ID: "wc0003", State: "valid"}, {ID: "wc0099", State: "invalid"}} {
		if err := s.useMade(t.Context(), made); err != nil {
			t.Fatal(err)
		}
	}
	if m := s.reg.mark.told; m.Used != "wc0003" || !slices.Equal(m.Displaced, []string{"wc0001"}) {
		t.Errorf("the mark has %+v; told %s", m, told)
	}
	if err := s.putBack(t.Context(), s.reg.mark); err != nil {
		t.Fatal(err)
	}
	if used, err := s.reg.client.InUse(t.Context()); err != nil || used != "wc0001" {
		t.Errorf("%q is used, %v", used, err)
	}
}
