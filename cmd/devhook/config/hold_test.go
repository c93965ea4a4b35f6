package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestHold(t *testing.T) {
	const routes = `
routes:
  - {provider: stripe, path: /as}
  - {provider: stripe, path: /own, hold: 202}
  - {provider: stripe, path: /off, hold: off}
  - {provider: stripe, path: /yes, hold: true}
  - {provider: stripe, path: /body, hold: {status: 201, body: "ok"}}
  - {provider: stripe, path: /only-body, hold: {body: "{}"}}
`
	for _, c := range []struct {
		yaml string
		src  Sources
		top  *Hold
	}{
		{"local: 3000", Sources{}, nil},
		{"local: 3000\nhold: 204", Sources{}, &Hold{Status: 204}},
		{"local: 3000\nhold: 204", Sources{Env: []string{"DEVHOOK_HOLD=203"}}, &Hold{Status: 203}},
		{"local: 3000\nhold: 204", Sources{Env: []string{"DEVHOOK_HOLD=203"}, Flags: map[string][]string{"hold": {"true"}}}, &Hold{Status: 200}},
		{"local: 3000\nhold: 204", Sources{Flags: map[string][]string{"hold": {"off"}}}, nil},
	} {
		got, err := load(t, c.yaml+routes, c.src)
		if err != nil {
			t.Fatal(err)
		}
		var holds []*Hold
		for _, r := range got.Routes {
			holds = append(holds, r.Hold)
		}
		want := []*Hold{c.top, {Status: 202}, nil, {Status: 200}, {Status: 201, Body: "ok"}, {Status: 200, Body: "{}"}}
		if d := cmp.Diff(want, holds); d != "" || !cmp.Equal(got.Hold, c.top) {
			t.Errorf("%q: %+v\n%s", c.yaml, got.Hold, d)
		}
	}
}

func TestHoldOfTunnels(t *testing.T) {
	got, err := load(t, "hold: 202\ntunnels:\n  - local: 3000\n  - {local: 4000, hold: off, routes: [{provider: stripe}]}\n", Sources{})
	if err != nil {
		t.Fatal(err)
	}
	if one, two := got.All()[0], got.All()[1]; !cmp.Equal(one.Hold, &Hold{Status: 202}) || two.Hold != nil || two.Routes[0].Hold != nil {
		t.Errorf("%+v, %+v", one.Hold, two.Hold)
	}
}

func TestBadHold(t *testing.T) {
	for yaml, want := range map[string]string{
		"hold: 404\n":    `devhook.yaml:1:7: "404" is no status to answer with at once`,
		"hold: 3000\n":   `devhook.yaml:1:7: "3000" is no status`,
		"hold: [200]\n":  "devhook.yaml:1:7: here one plain value is wanted",
		"hold: {a: 1}\n": "devhook.yaml:1:7: here one plain value is wanted",
		"routes:\n  - {provider: stripe, hold: nope}\n":                       `devhook.yaml:2:30: "nope" is no status`,
		"routes:\n  - {provider: stripe, hold: {code: 200}}\n":                "devhook.yaml:2:31: unknown key code",
		"routes:\n  - {provider: stripe, hold: {status: 204, body: \"x\"}}\n": "devhook.yaml:2:50: an answer 204 has no body",
	} {
		_, err := load(t, yaml, Sources{})
		if !strings.Contains(faults(err), want) {
			t.Errorf("%q: %q, want %q", yaml, faults(err), want)
		}
	}
}
