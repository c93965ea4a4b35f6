package main

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
)

// TestHeaderInOneLine holds that no --header can smuggle a second line in.
func TestHeaderInOneLine(t *testing.T) {
	for _, value := range []string{"a\r\nEvil: 1", "a\nEvil: 1", "a\x00"} {
		f := replayFlags{headers: []string{"X: " + value}}
		if e, err := f.edit(t.Context(), strings.NewReader("")); err == nil || strings.ContainsAny(err.Error(), "\r\n\x00") {
			t.Errorf("%q: %+v, %v", value, e, err)
		}
	}
}

// TestBodyThatNeverEnds holds that the first Ctrl-C ends the wait for a body.
func TestBodyThatNeverEnds(t *testing.T) {
	silent, w := io.Pipe()
	defer w.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	f := replayFlags{body: "-", hasBody: true}
	if _, err := f.edit(ctx, silent); !errors.Is(err, context.Canceled) {
		t.Errorf("edit ended with %v", err)
	}
}

func TestAddress(t *testing.T) {
	for in, want := range map[string]string{
		"3999":                   "http://localhost:3999",
		":3999":                  "http://localhost:3999",
		"3999/x?y=1":             "http://localhost:3999/x?y=1",
		"localhost:3999":         "localhost:3999",
		"http://127.0.0.1:3999/": "http://127.0.0.1:3999/",
		"":                       "",
	} {
		if got := address(in); got != want {
			t.Errorf("address(%q) = %q, want %q", in, got, want)
		}
	}
}
