package config

import (
	"strings"
	"testing"
)

func TestVisitors(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "pair", "bob:pa:ss, word\n")
	env := []string{"HOME=/h", "VISITORS=ann:s3cret", "NONE=s3cret", "NOBODY=:s3cret", "NOTHING=ann:", "LINES=ann:s3cret\nbob:x"}
	got, err := LoadRelay(Sources{Flags: flags("visitor-auth", "env:VISITORS, file:pair"), Env: env})
	if err != nil {
		t.Fatal(err)
	}
	if v := got.Visitors; len(v) != 2 || v[0] != (Secret{"env:VISITORS", "ann:s3cret"}) || v[1].Value != "bob:pa:ss, word" {
		t.Errorf("visitors %v", v)
	}
	got, err = LoadRelay(Sources{Env: append(env, "DEVHOOK_VISITOR_AUTH=env:VISITORS")})
	if err != nil || len(got.Visitors) != 1 {
		t.Errorf("from the environment: %v", err)
	}
	for ref, want := range map[string]string{
		"env:NONE":            "env:NONE is not user:password",
		"env:NOBODY":          "env:NOBODY is not user:password",
		"env:NOTHING":         "env:NOTHING is not user:password",
		"env:LINES":           "env:LINES holds more than one line, or a control character",
		"env:MISSING":         "env:MISSING isn't set",
		"ann:s3cret":          "the secret for callers stands in the command line, where other users can read it",
		"":                    "the secret for callers is empty",
		"env:VISITORS,env:NO": "env:NO isn't set",
	} {
		_, err := LoadRelay(Sources{Flags: flags("visitor-auth", ref), Env: env})
		if faults(err) != want {
			t.Errorf("%q: %q, want %q", ref, faults(err), want)
		}
		if list, ok := err.(Faults); ok && strings.Contains(list.Error()+list[0].Hint, "s3cret") {
			t.Errorf("%q: the fault tells the secret", ref)
		}
	}
}
