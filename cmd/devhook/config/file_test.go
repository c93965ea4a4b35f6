package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFile(t *testing.T) {
	yaml := "\xef\xbb\xbf# the shop\r\nlocal: 3000\r\npublic-url: https://shop.test\r\nreject_invalid: true\r\n" + `
routes:
  - path: /hooks/sms
    provider: telerivet
    secret: env:A
    reject_invalid: false
  - path: /hooks/pay
    provider: stripe
    secret: [env:A, "env:B"]
    event: [payment_intent.*, charge.refunded]
    local: 4000
  - path: /hooks/pay
    provider: stripe
    event: charge.refunded
`
	got, err := load(t, yaml, Sources{Env: []string{"A=a", "B=b"}})
	if err != nil {
		t.Fatal(err)
	}
	if got.Local != "http://localhost:3000" || got.PublicURL != "https://shop.test" {
		t.Errorf("local %q, public %q", got.Local, got.PublicURL)
	}
	want := []Route{
		{Path: "/hooks/sms", Provider: "telerivet", Secrets: []Secret{{"env:A", "a"}}},
		{
			Path: "/hooks/pay", Provider: "stripe", Secrets: []Secret{{"env:A", "a"}, {"env:B", "b"}}, RejectInvalid: true,
			Events: []string{"payment_intent.*", "charge.refunded"}, Local: "http://localhost:4000",
		},
		{Path: "/hooks/pay", Provider: "stripe", Events: []string{"charge.refunded"}, RejectInvalid: true},
	}
	if diff := cmp.Diff(want, got.Routes); diff != "" {
		t.Error(diff)
	}
}

// TestFlowFile: in braces and brackets a colon with no space behind it parts nothing.
func TestFlowFile(t *testing.T) {
	const yaml = `
local: 3000
routes: [{path: /a, provider: stripe, secret: [env:A, env:B]}, {path: /b, provider: stripe, event: [x:y:z, a.*], local: http://localhost:4000}]
`
	got, err := load(t, yaml, Sources{Env: []string{"A=a", "B=b"}})
	if err != nil {
		t.Fatal(err)
	}
	want := []Route{
		{Path: "/a", Provider: "stripe", Secrets: []Secret{{"env:A", "a"}, {"env:B", "b"}}},
		{Path: "/b", Provider: "stripe", Events: []string{"x:y:z", "a.*"}, Local: "http://localhost:4000"},
	}
	if diff := cmp.Diff(want, got.Routes); diff != "" {
		t.Error(diff)
	}
	for _, parted := range []string{"[env: A]", "[{env: A}]", "['env':A]", "[{env:A: B}]", "[env:A, env: B]"} {
		if _, err := load(t, "local: 3000\nroutes: [{provider: stripe, secret: "+parted+"}]\n", Sources{Env: []string{"A=a"}}); err == nil {
			t.Errorf("secret: %s was taken", parted)
		}
	}
}

func TestBadFile(t *testing.T) {
	for _, c := range []struct{ yaml, want string }{
		{"local: 3000\nlocall: 1\n", "devhook.yaml:2:1: unknown key locall"},
		{"local: [3000]\n", "devhook.yaml:1:8: here one plain value is wanted"},
		{"local:\n", "devhook.yaml:1:8: this key has no value"},
		{"- local\n", "devhook.yaml:1:1: here keys are wanted"},
		{"routes: 1\n", "devhook.yaml:1:9: here a list is wanted"},
		{"verify: stripe\n", "devhook.yaml:1:1: the file has no key verify"},
		{"routes:\n  - provider: stripe\n    secret: whsec_abc123\n", "devhook.yaml:3:13: the secret for stripe stands here in plain text"},
		{"routes:\n  - provider: stripe\n    events: x\n", "devhook.yaml:3:5: unknown key events"},
		{"routes:\n  - path: /x\n", "this route names no provider"},
		{"routes:\n  - provider: strpie\n", "devhook.yaml:2:15: no provider is called strpie"},
		{"routes:\n  - {provider: stripe, path: x, reject_invalid: true}\n", `devhook.yaml:2:30: "x" is no path`},
		{"routes:\n  - {provider: stripe, reject_invalid: 3}\n", `devhook.yaml:2:40: "3" is neither true nor false`},
		{"routes:\n  - {provider: stripe, event: [a, '']}\n", `devhook.yaml:2:35: "" is no event`},
		{"routes:\n  - {provider: seven, event: sms_mo}\n", "devhook.yaml:2:30: the events of seven can't be told"},
		{"routes:\n  - {provider: stripe, local: abc}\n", `devhook.yaml:2:31: "abc" names no port between 1 and 65535`},
		{"routes:\n  - {provider: stripe, local: 4040}\n", "devhook.yaml:2:31: http://localhost:4040 is the inspector's own address"},
		{"routes:\n  - {provider: stripe, event: [a]}\n  - {provider: stripe, event: a}\n", "devhook.yaml:3:5: stripe at / is named twice"},
		{"port: 80\n---\nport: 80\n", "devhook.yaml:3:5: a second YAML document starts here"},
		{"port: 80\nport: 443\n", `devhook.yaml:2:1: mapping key "port" already defined at [1:1]`},
		{"port: 80\n\tlocal: 1\n", "devhook.yaml:2:"},
		{"port: 3001\n", "devhook.yaml:1:7: port 3001 can't be public"},
	} {
		_, err := load(t, c.yaml, Sources{Eventless: []string{"seven"}})
		if !strings.Contains(faults(err), c.want) {
			t.Errorf("%q: %q, want %q", c.yaml, faults(err), c.want)
		}
		if strings.Contains(faults(err), "abc123") {
			t.Errorf("%q: the secret is repeated", c.yaml)
		}
	}
}

func TestNamedFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "other.yaml")
	write(t, path, "port: 8000\nroutes: [{provider: stripe, secret: file:s}]\n")
	write(t, filepath.Join(dir, "s"), "next to the file")
	got, err := load(t, "port: 80\n", Sources{Env: []string{"DEVHOOK_CONFIG=" + path}})
	if err != nil {
		t.Fatal(err)
	}
	if got.Port != 8000 || got.File != path || got.Routes[0].Secrets[0].Value != "next to the file" {
		t.Errorf("got %+v", got)
	}

	_, err = load(t, "", Sources{Flags: flags("config", "none.yaml")})
	if want := "the configuration none.yaml can't be read: no such file or directory"; faults(err) != want {
		t.Errorf("%q, want %q", faults(err), want)
	}
	t.Chdir(t.TempDir())
	if err := os.Mkdir("devhook.yaml", 0o700); err != nil {
		t.Fatal(err)
	}
	_, err = Load(Sources{Env: []string{"HOME=/h"}})
	if want := "the configuration devhook.yaml can't be read: it is a directory"; faults(err) != want {
		t.Errorf("%q, want %q", faults(err), want)
	}
}

// TestFaultyFileAlone holds that a file which can't be read makes no second
// fault of what might have stood in it.
func TestFaultyFileAlone(t *testing.T) {
	for _, yaml := range []string{"\tlocal: 3000\n", "lcal: 3000\n", "local: [3000]\n"} {
		_, err := load(t, yaml, Sources{NeedLocal: true})
		if n := strings.Count(faults(err), "\n"); err == nil || n != 0 {
			t.Errorf("%q: %q", yaml, faults(err))
		}
	}
}

func TestFileNotThere(t *testing.T) {
	_, err := load(t, "", Sources{Flags: flags("config", "")})
	if want := "the path of the configuration is empty"; faults(err) != want {
		t.Errorf("%q, want %q", faults(err), want)
	}
	// A link that leads nowhere was meant to be the configuration.
	t.Chdir(t.TempDir())
	if err := os.Symlink("gone.yaml", "devhook.yaml"); err != nil {
		t.Fatal(err)
	}
	_, err = Load(Sources{Env: []string{"HOME=/h"}})
	if want := "the configuration devhook.yaml can't be read: no such file or directory"; faults(err) != want {
		t.Errorf("%q, want %q", faults(err), want)
	}
}
