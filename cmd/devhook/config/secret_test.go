package config

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestVerify(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "s.txt", "from a file\r\n")
	got, err := Load(Sources{
		Flags: flags(
			"verify", "telerivet@/hooks/sms=env:A,file:s.txt",
			"verify", "stripe",
			"reject-invalid", "true",
		),
		Env: []string{"HOME=/h", "A= two \n\n"}, Providers: senders,
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []Route{
		{Path: "/hooks/sms", Provider: "telerivet", RejectInvalid: true, Secrets: []Secret{
			{"env:A", " two \n"}, // one line end goes, no more
			{"file:s.txt", "from a file"},
		}},
		{Path: "/", Provider: "stripe", RejectInvalid: true},
	}
	if diff := cmp.Diff(want, got.Routes); diff != "" {
		t.Error(diff)
	}
}

func TestBadVerify(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "empty", "\n")
	write(t, "big", strings.Repeat("x", maxSecret+1))
	if err := os.Mkdir("dir", 0o700); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ verify, text, hint string }{
		{
			"stripe=whsec_abc123", "the secret for stripe stands in the command line, where other users can read it",
			"export STRIPE_SECRET and write --verify stripe=env:STRIPE_SECRET",
		},
		{
			"stripe@/pay=whsec_abc123", "the secret for stripe stands in the command line, where other users can read it",
			"export STRIPE_SECRET and write --verify stripe@/pay=env:STRIPE_SECRET",
		},
		{"stripe=env:SET,whsec_abc123", "the secret for stripe stands in the command line, where other users can read it", ""},
		{"stripe=env:SET,http:whsec_abc123", "the secret for stripe stands in the command line, where other users can read it", ""},
		{"stripe=", "the secret for stripe is empty", "write --verify stripe=env:STRIPE_SECRET"},
		{"stripe=env:SET,", "the secret for stripe is empty", ""},
		{"stripe=env:", "the secret for stripe is env: with nothing behind the colon", ""},
		{"stripe=env:NONE", "env:NONE isn't set", ""},
		{"stripe=env:whsec_abc123", "the variable for stripe isn't set", ""},
		{"stripe=env:EMPTY", "env:EMPTY is empty", ""},
		{"stripe=file:none", "file:none can't be read: no such file or directory", ""},
		{"stripe=file:dir", "file:dir can't be read: it is a directory", ""},
		{"stripe=file:big", "file:big can't be read: it is too big", ""},
		{"stripe=file:empty", "file:empty is empty", ""},
		{"stripe=keyring:", "the secret for stripe is keyring: with nothing behind the colon", ""},
		{"strpie=env:SET", "no provider is called strpie", "did you mean stripe?"},
		{"acme", "no provider is called acme", "devhook providers lists them"},
		{"tele_rivet", "no provider is called tele_rivet", "did you mean telerivet?"},
		{"whsec_abc123", "the provider's name is none", ""},
		{"stripe@hooks", `"hooks" is no path`, ""},
	} {
		_, err := Load(Sources{
			Flags: flags("verify", c.verify), Env: []string{"HOME=/h", "SET=x", "EMPTY=\n"}, Providers: senders,
		})
		f, ok := errors.AsType[Faults](err)
		if !ok || f[0].Text != c.text || c.hint != "" && f[0].Hint != c.hint {
			t.Errorf("--verify %s: %#v, want %q, %q", c.verify, f, c.text, c.hint)
		}
		for _, one := range f {
			if strings.Contains(one.Text+one.Hint, "abc123") {
				t.Errorf("--verify %s: the secret is repeated in %#v", c.verify, one)
			}
		}
	}
}

func TestSameRouteTwice(t *testing.T) {
	_, err := load(t, "", Sources{Flags: flags("verify", "stripe@/a", "verify", "stripe@/a")})
	if want := "stripe at /a is named twice"; faults(err) != want {
		t.Errorf("%q, want %q", faults(err), want)
	}
}

func TestVerifyFromEnvironment(t *testing.T) {
	got, err := load(t, "routes: [{provider: github}]\n", Sources{Env: []string{"DEVHOOK_VERIFY=stripe@/a seven@/b=env:K", "K=k"}})
	if err != nil {
		t.Fatal(err)
	}
	want := []Route{{Path: "/a", Provider: "stripe"}, {Path: "/b", Provider: "seven", Secrets: []Secret{{"env:K", "k"}}}}
	if diff := cmp.Diff(want, got.Routes); diff != "" {
		t.Error(diff)
	}
}

func TestKeyringText(t *testing.T) {
	for stored, want := range map[string]string{
		"s3cret": "s3cret", "s\x003\x00": "s3", "\xe9\x00\xac\x20": "é€", "odd\x00s": "odd\x00s", "": "",
	} {
		if got := fromUTF16(stored); got != want {
			t.Errorf("%q: %q, want %q", stored, got, want)
		}
	}
}
