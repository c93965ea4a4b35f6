package config

import "testing"

// TestOnlyOnesRoutes holds that a command for one sender asks for no other's secret, nor for any where none is needed.
func TestOnlyOnesRoutes(t *testing.T) {
	yaml := "routes:\n  - {path: /a, provider: stripe, secret: env:NOT_SET}\n  - {path: /b, provider: github, secret: env:HUB}\n"
	got, err := load(t, yaml, Sources{Uses: []string{"verify"}, Env: []string{"HUB=x"}, Only: "github"})
	if err != nil || len(got.Routes) != 1 || got.Routes[0].Path != "/b" || got.Routes[0].Secrets[0].Value != "x" {
		t.Errorf("github's routes: %+v, %v", got, err)
	}
	got, err = load(t, yaml, Sources{Uses: []string{"verify"}, Only: "stripe", NoSecrets: true})
	if err != nil || len(got.Routes) != 1 || got.Routes[0].Path != "/a" || got.Routes[0].Secrets != nil {
		t.Errorf("stripe's route without its secret: %+v, %v", got, err)
	}
	if _, err = load(t, yaml, Sources{Uses: []string{"verify"}, Only: "stripe"}); err == nil {
		t.Error("stripe's secret is not set, and nobody says so")
	}
}

func TestSecrets(t *testing.T) {
	env := []string{"NEW=a\n", "OLD=b", "EMPTY="}
	got, err := Secrets("--secret", "stripe", "env:NEW,env:OLD", env)
	if err != nil || len(got) != 2 || got[0] != (Secret{"env:NEW", "a"}) || got[1].Value != "b" {
		t.Errorf("two secrets: %+v, %v", got, err)
	}
	for _, ref := range []string{"", "whsec_literal", "env:EMPTY", "env:NOT_SET", "env:", "keyring:x", "file:/nonexistent"} {
		if got, err := Secrets("--secret", "stripe", ref, env); err == nil {
			t.Errorf("%q: %+v, want a fault", ref, got)
		}
	}
}
