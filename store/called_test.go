package store

import "testing"

func TestCalledURL(t *testing.T) {
	for target, want := range map[string]string{
		"/hooks?u=http://x/y": "http://localhost:3000/hooks?u=http://x/y",
		"http://h/hooks?x":    "http://localhost:3000/hooks?x",
		"http://h":            "http://localhost:3000/",
		"*":                   "http://localhost:3000/",
	} {
		if got := calledURL("http://localhost:3000", target); got != want {
			t.Errorf("%s went to %s, want %s", target, got, want)
		}
	}
}
