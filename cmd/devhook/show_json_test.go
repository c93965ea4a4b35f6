package main

import (
	"bytes"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var colourCode = regexp.MustCompile(`\x1b\[(\d+)m`)

func TestJSONLine(t *testing.T) {
	painted, plain := &term{colour: true}, &term{}
	for line, want := range map[string]string{
		`{`:                           `{`,
		`  "a": "b",`:                 `  <36>"a"<0>: <32>"b"<0>,`,
		`  "a:\"": -1.5e+3,`:          `  <36>"a:\""<0>: <33>-1.5e+3<0>,`,
		`  "k": [],`:                  `  <36>"k"<0>: [],`,
		`    true,`:                   `    <35>true<0>,`,
		`  "n": null`:                 `  <36>"n"<0>: <35>null<0>`,
		`"true 1"`:                    `<32>"true 1"<0>`,
		"  \"\u202e\": \"\u009b31m\"": `  <36>"\u202e"<0>: <32>"\u009b31m"<0>`,
		`"\\"`:                        `<32>"\\"<0>`,
	} {
		got := colourCode.ReplaceAllString(painted.jsonLine(line), "<$1>")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", line, diff)
		}
		if plain.jsonLine(line) != quote(line) {
			t.Errorf("%q is painted without a terminal", line)
		}
	}
}

// TestJSONBody holds that a JSON body is laid out and painted, and that numbers keep their digits.
func TestJSONBody(t *testing.T) {
	var out bytes.Buffer
	p := page{w: &out, term: &term{colour: true}}
	p.text([]byte("POST / HTTP/1.1\r\nContent-Type: application/json\r\n\r\n"), []byte(`{"id":12345678901234567890,"a":{"b":[1.0]}}`), 43, false, "--raw")
	got := colourCode.ReplaceAllString(out.String(), "")
	want := "  {\n    \"id\": 12345678901234567890,\n    \"a\": {\n      \"b\": [\n        1.0\n      ]\n    }\n  }\n"
	if got != want || got == out.String() {
		t.Errorf("got %q", out.String())
	}
}
