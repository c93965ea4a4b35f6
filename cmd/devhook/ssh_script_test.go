//go:build unix

package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/crypto/ssh"

	"devhook/tunnel/tunneltest"
)

// inside says that a test runs in a network of its own already.
const inside = "TESTS_INSIDE_NETWORK"

// TestSSHScripts runs the scripts of testdata/ssh, with a stock sshd on 127.0.0.2. A server that offers a port to
// everybody takes it on every address: so root runs them in a network of their own, where nobody else wants the ports.
func TestSSHScripts(t *testing.T) {
	if ranInside(t, "") {
		return
	}
	runScripts(t, "testdata/ssh/*.txtar")
}

// ranInside runs the test that calls it once more, in a network of its own where names are known as in hosts, a file like
// /etc/hosts. It returns false there, and where only root could do so.
func ranInside(t *testing.T, hosts string) bool {
	if os.Geteuid() != 0 || os.Getenv(inside) != "" {
		return false
	}
	script := `ip link set lo up && exec "$0" "$@"`
	if hosts != "" {
		file := filepath.Join(t.TempDir(), "hosts")
		if err := os.WriteFile(file, []byte(hosts), 0o644); err != nil {
			t.Fatal(err)
		}
		script = "mount --bind '" + file + "' /etc/hosts && " + script
	}
	cmd := exec.Command("unshare", "-n", "-m", "sh", "-c", script, os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v", "-test.count=1")
	cmd.Env = append(os.Environ(), inside+"=1", "PEBBLE_VA_NOSLEEP=1", "PEBBLE_WFE_NONCEREJECT=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return true
}

func runScripts(t *testing.T, pattern string) {
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatal("no scripts", err)
	}
	for _, file := range files { // one after another: they want the same ports
		t.Run(filepath.Base(file), func(t *testing.T) { runNetworkScript(t, file) })
	}
}

func runNetworkScript(t *testing.T, file string) {
	testscript.RunT(alone{t}, testscript.Params{
		Files: []string{file}, RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			jobs := &jobs{byName: map[string]*job{}}
			e.Values["jobs"] = jobs
			e.Defer(jobs.endAll)
			home := filepath.Join(e.WorkDir, "home")
			e.Setenv("HOME", home)
			e.Setenv("TZ", "UTC")
			readme, err := filepath.Abs("../../README.md")
			if err != nil {
				return err
			}
			e.Setenv("README", readme)
			if err := os.MkdirAll(filepath.Join(home, ".ssh"), 0o700); err != nil {
				return err
			}
			return exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", filepath.Join(home, ".ssh", "id_ed25519")).Run()
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"start": cmdStart, "await": cmdAwait, "grab": cmdGrab, "signal": cmdSignal, "ended": cmdEnded, "fails": cmdFails,
			"sshd": cmdSSHD, "rekey": cmdRekey, "agent": cmdAgent, "told": cmdTold, "mkkeys": cmdMkkeys, "pebble": cmdPebble,
			"sshalias": cmdSSHAlias, "rehost": cmdRehost, "proxied": cmdProxied, "typed": cmdTyped,
			"certify": func(ts *testscript.TestScript, neg bool, args []string) { certify(t, ts, neg, args) },
		},
	})
}

// alone runs scripts in the test that calls it, not beside it.
type alone struct{ t *testing.T }

func (a alone) Skip(args ...any)                   { a.t.Fatal(args...) }
func (a alone) Fatal(args ...any)                  { a.t.Fatal(args...) }
func (a alone) Log(args ...any)                    { a.t.Log(args...) }
func (a alone) FailNow()                           { a.t.FailNow() }
func (a alone) Verbose() bool                      { return testing.Verbose() }
func (a alone) Parallel()                          {}
func (a alone) Run(n string, f func(testscript.T)) { a.t.Run(n, func(t *testing.T) { f(alone{t}) }) }

// cmdSSHD is sshd [-known] LINE…: it starts a server with these settings that accepts the key of the script's home, sets
// SSHD to user@host:port, and writes its host key down as known with -known.
func cmdSSHD(ts *testscript.TestScript, neg bool, args []string) {
	known := len(args) > 0 && args[0] == "-known"
	if known {
		args = args[1:]
	}
	dir, err := os.MkdirTemp(ts.MkAbs("."), "sshd")
	ts.Check(err)
	d, err := tunneltest.NewSSHD(dir, "127.0.0.2", args...)
	ts.Check(err)
	ts.Check(d.Allow(strings.TrimSpace(ts.ReadFile(filepath.Join(ts.Getenv("HOME"), ".ssh", "id_ed25519.pub")))))
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	ts.Check(d.Start(ctx))
	ts.Defer(d.Stop)
	ts.Setenv("SSHD", d.User+"@"+d.Addr)
	ts.Setenv("HOSTKEY", string(ssh.MarshalAuthorizedKey(d.HostKey)))
	if known {
		host, port, _ := strings.Cut(d.Addr, ":")
		line := "[" + host + "]:" + port + " " + string(ssh.MarshalAuthorizedKey(d.HostKey))
		ts.Check(os.WriteFile(filepath.Join(ts.Getenv("HOME"), ".ssh", "known_hosts"), []byte(line), 0o600))
	}
}

// cmdRekey changes what known_hosts says of the server: another key, or with -revoked that its key is.
func cmdRekey(ts *testscript.TestScript, neg bool, args []string) {
	path := filepath.Join(ts.Getenv("HOME"), ".ssh", "known_hosts")
	var key string
	name, _, _ := strings.Cut(ts.ReadFile(path), " ")
	if len(args) > 0 {
		key = ts.Getenv("HOSTKEY")
		name = "@revoked *"
	} else {
		_, private, err := ed25519.GenerateKey(nil)
		ts.Check(err)
		other, err := ssh.NewSignerFromKey(private)
		ts.Check(err)
		key = string(ssh.MarshalAuthorizedKey(other.PublicKey()))
	}
	ts.Check(os.WriteFile(path, []byte(name+" "+key), 0o600))
}

// certify is certify HOST: it writes cert.pem, key.pem and ca.pem, of an authority of its own. What is not to be used has
// expired.
func certify(t *testing.T, ts *testscript.TestScript, neg bool, args []string) {
	ca := tunneltest.NewCA(t)
	if neg {
		ca.Life = -time.Minute
	}
	ca.WriteFiles(t, ts.MkAbs("."), args[0])
}

// cmdAgent is agent FILE: a real ssh-agent that holds the key.
func cmdAgent(ts *testscript.TestScript, neg bool, args []string) {
	socket := filepath.Join(os.TempDir(), "devhook-agent-"+rand.Text())
	cmd := exec.Command("ssh-agent", "-D", "-a", socket)
	ts.Check(cmd.Start())
	ts.Defer(func() { _ = cmd.Process.Kill(); _ = cmd.Wait(); _ = os.Remove(socket) })
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if _, err := os.Stat(socket); err == nil {
			break
		}
	}
	ts.Setenv("SSH_AUTH_SOCK", socket)
	ts.Check(ts.Exec("ssh-add", "-q", args[0]))
}
