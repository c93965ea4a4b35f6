package config

import (
	"strings"
	"testing"
)

func TestLocal(t *testing.T) {
	for text, want := range map[string]string{
		"3000":                   "http://localhost:3000",
		":3000":                  "http://localhost:3000",
		"app.test:80":            "http://app.test:80",
		"[::1]:1":                "http://[::1]:1",
		"https://Self.test":      "https://self.test",
		"http://localhost:3000/": "http://localhost:3000",
	} {
		got, problem := parseLocal(text)
		if problem != "" || got != want {
			t.Errorf("parseLocal(%q) = %q, %q; want %q", text, got, problem, want)
		}
	}
	for _, text := range []string{
		"", "0", "-1", "+80", "65536", "abc", "80 ", "٣٠٠٠", "localhost", "localhost:", "localhost:http", "::1:80",
		"http://h:1/path", "http://h:1?q", "http://h:1/#f", "http://u:p@h:1", "http://h:0", "http://h:", "https://",
		"ftp://h:1", "3000/path", "http://[::1",
	} {
		if got, problem := parseLocal(text); problem == "" {
			t.Errorf("parseLocal(%q) = %q, want it refused", text, got)
		}
	}
}

func TestInspect(t *testing.T) {
	for text, want := range map[string]string{
		"off": "off", "4041": "localhost:4041", "127.0.0.1:0": "127.0.0.1:0", "[::1]:4040": "[::1]:4040",
	} {
		got, err := load(t, "", Sources{Flags: flags("inspect", text)})
		if err != nil || got.Inspect != want {
			t.Errorf("--inspect %s: %v, %v; want %s", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"0.0.0.0:4040":    "the inspector at 0.0.0.0:4040 can be reached by others and asks for no token",
		":4040":           "the inspector at :4040 can be reached by others and asks for no token",
		"192.0.2.7:4040":  "the inspector at 192.0.2.7:4040 can be reached by others and asks for no token",
		"shop.test:4040":  `"shop.test:4040" is no address for the inspector`,
		"localhost:99999": `"localhost:99999" is no address for the inspector`,
		"":                `"" is no address for the inspector`,
	} {
		if _, err := load(t, "", Sources{Flags: flags("inspect", text)}); faults(err) != want {
			t.Errorf("--inspect %q: %q, want %q", text, faults(err), want)
		}
	}
	got, err := load(t, "", Sources{
		Flags: flags("inspect", "0.0.0.0:4040", "inspect-token", "env:TOKEN"), Env: []string{"TOKEN=t0ken\n"},
	})
	if err != nil || got.InspectToken != "t0ken" {
		t.Errorf("with a token: %v, %v", got, err)
	}
}

func TestLoops(t *testing.T) {
	for _, c := range []struct {
		flags map[string][]string
		want  string
	}{
		{flags("local", "4040"), "http://localhost:4040 is the inspector's own address"},
		{flags("local", "4040", "inspect", "off"), ""},
		{flags("local", "127.0.0.1:8080", "port", "8080"), "http://127.0.0.1:8080 is devhook's own public address"},
		{flags("local", "[::1]:8080", "port", "8080", "bind", "0.0.0.0"), "http://[::1]:8080 is devhook's own public address"},
		{flags("local", "8080"), ""},
		{flags("local", "192.0.2.1:8080", "port", "8080"), ""},
		{flags("local", "https://shop.test", "public-url", "https://shop.test:443"), "https://shop.test is devhook's own public address"},
	} {
		if _, err := load(t, "", Sources{Flags: c.flags}); faults(err) != c.want {
			t.Errorf("%v: %q, want %q", c.flags, faults(err), c.want)
		}
	}
}

func TestNeedLocal(t *testing.T) {
	if _, err := load(t, "", Sources{NeedLocal: true}); faults(err) != "no app is named" {
		t.Errorf("without an app: %q", faults(err))
	}
}

// TestNoPasswordShown holds that the password of a URL is repeated in no fault,
// whatever is wrong with the URL besides.
func TestNoPasswordShown(t *testing.T) {
	for _, text := range []string{
		"http://u:hunter2@h", "ftp://u:hunter2@h", "http://u:hunter2@h:99999", "http://u:hunter2@h/p?q", "http://u:hunter2@ h", "u:hunter2@h:1",
	} {
		for _, word := range []string{"local", "public-url"} {
			_, err := load(t, "", Sources{Flags: flags("local", "3000", word, text)})
			if err == nil || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("--%s %s: %v", word, text, err)
			}
		}
	}
}
