package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var senders = []string{"stripe", "telerivet", "seven", "github"}

// load runs Load in an empty directory that holds the given devhook.yaml.
func load(t *testing.T, yaml string, src Sources) (*Config, error) {
	t.Helper()
	t.Chdir(t.TempDir())
	if yaml != "" {
		write(t, "devhook.yaml", yaml)
	}
	src.Providers = senders
	src.Env = append([]string{"HOME=/home/u"}, src.Env...)
	return Load(src)
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func flags(pairs ...string) map[string][]string {
	m := map[string][]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = append(m[pairs[i]], pairs[i+1])
	}
	return m
}

func faults(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestDefaults(t *testing.T) {
	got, err := load(t, "", Sources{Flags: flags("local", "3000")})
	if err != nil {
		t.Fatal(err)
	}
	want := &Config{
		Local: "http://localhost:3000", Timeout: time.Minute, Bind: "127.0.0.1",
		Inspect: "localhost:4040", DB: "/home/u/.local/state/devhook/devhook.db",
		Keep: 30 * 24 * time.Hour, KeepSize: 2_000_000_000,
		Apps:  []string{"http://localhost:3000"},
		Given: map[string]string{"local": "--local"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestPrecedence(t *testing.T) {
	yaml := "port: 8000\ntimeout: 10s\nhost_header: file.test\n"
	got, err := load(t, yaml, Sources{
		Flags: flags("local", "3000", "port", "8443"),
		Env:   []string{"DEVHOOK_PORT=80", "DEVHOOK_TIMEOUT=20s"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got.Port != 8443 || got.Timeout != 20*time.Second || got.HostHeader != "file.test" {
		t.Errorf("port %d, timeout %v, host header %q: flag, environment and file were wanted", got.Port, got.Timeout, got.HostHeader)
	}
	if got.File != "devhook.yaml" {
		t.Errorf("File is %q", got.File)
	}
}

func TestAllFaultsAtOnce(t *testing.T) {
	_, err := load(t, "prot: 80\ntimeout: soon\n", Sources{
		Flags: flags("local", "abc", "port", "3001"),
		Env:   []string{"DEVHOOK_RELLAY=x", "DEVHOOK_BIND=nowhere"},
	})
	want := strings.Join([]string{
		`no setting is called DEVHOOK_RELLAY`,
		`devhook.yaml:1:1: unknown key prot`,
		`"abc" names no port between 1 and 65535`,
		`devhook.yaml:2:10: "soon" is no time the app may take`,
		`DEVHOOK_BIND: "nowhere" is no address to listen on`,
		`port 3001 can't be public`,
	}, "\n")
	if diff := cmp.Diff(want, faults(err)); diff != "" {
		t.Error(diff)
	}
}

func TestOnlyUsedWordsAreChecked(t *testing.T) {
	yaml := "port: 3001\nroutes: [{provider: stripe, secret: env:NOT_SET}]\n"
	got, err := load(t, yaml, Sources{Uses: []string{"db"}, Flags: flags("db", "x.db")})
	if err != nil {
		t.Fatal(err)
	}
	if got.DB != "x.db" || !got.DBGiven {
		t.Errorf("database %q, given %v", got.DB, got.DBGiven)
	}
}

func TestStateDir(t *testing.T) {
	for _, c := range []struct {
		env  []string
		want string
		ok   bool
	}{
		{[]string{"HOME=/h", "XDG_STATE_HOME=/s"}, "/s/devhook", true},
		{[]string{"HOME=/h", "XDG_STATE_HOME=relative"}, "/h/.local/state/devhook", true},
		{nil, "", false},
	} {
		got, ok := StateDir(c.env)
		if ok != c.ok || ok && got != filepath.FromSlash(c.want) {
			t.Errorf("StateDir(%v) = %q, %v, want %q, %v", c.env, got, ok, c.want, c.ok)
		}
	}
	_, err := Load(Sources{Uses: []string{"db"}})
	if want := "no home directory is known, so the database has no place"; faults(err) != want {
		t.Errorf("without HOME: %q, want %q", faults(err), want)
	}
}

func TestClosest(t *testing.T) {
	for text, want := range map[string]string{"strpie": "stripe", "telerivt": "telerivet", "sveen": "seven", "zzz": "", "": ""} {
		if got := Closest(text, senders); got != want {
			t.Errorf("Closest(%q) = %q, want %q", text, got, want)
		}
	}
}
