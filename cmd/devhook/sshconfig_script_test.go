//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// cmdSSHAlias is sshalias NAME KNOWN: it writes a ~/.ssh/config that knows the server by that name, with its port, user, key
// and a known_hosts of its own, which takes over what the usual one knows.
func cmdSSHAlias(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: sshalias NAME KNOWN")
	}
	user, address, _ := strings.Cut(ts.Getenv("SSHD"), "@")
	host, port, _ := strings.Cut(address, ":")
	home := ts.Getenv("HOME")
	key := filepath.Join(home, "elsewhere")
	ts.Check(os.Rename(filepath.Join(home, ".ssh", "id_ed25519"), key))
	ts.Check(os.Rename(filepath.Join(home, ".ssh", "known_hosts"), ts.MkAbs(args[1])))
	text := fmt.Sprintf("Host %s\n  HostName %s\n  Port %s\n  User %s\n  IdentityFile ~/elsewhere\n  IdentitiesOnly yes\n  UserKnownHostsFile %s\n",
		args[0], host, port, user, ts.MkAbs(args[1]))
	ts.Check(os.WriteFile(filepath.Join(home, ".ssh", "config"), []byte(text), 0o600))
}

// cmdRehost is rehost FILE changed|authority|none: what the file says of the server from now on.
func cmdRehost(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: rehost FILE changed|authority|none")
	}
	_, address, _ := strings.Cut(ts.Getenv("SSHD"), "@")
	host, port, _ := strings.Cut(address, ":")
	file := ts.MkAbs(args[0])
	other, err := os.ReadFile(filepath.Join(ts.Getenv("HOME"), ".ssh", "id_ed25519.pub"))
	ts.Check(err)
	line := fmt.Sprintf("[%s]:%s %s", host, port, other)
	switch args[1] {
	case "none":
		ts.Check(os.Remove(file))
		return
	case "authority":
		line = "@cert-authority " + line
	}
	ts.Check(os.WriteFile(file, []byte(line), 0o600))
	if args[1] == "changed" {
		ts.Check(ts.Exec("ssh-keygen", "-q", "-H", "-f", file))
	}
}

// cmdProxied is proxied NAME: the server is reached by way of another from now on.
func cmdProxied(ts *testscript.TestScript, _ bool, args []string) {
	path := filepath.Join(ts.Getenv("HOME"), ".ssh", "config")
	text := "Host " + args[0] + "\n  ProxyJump gate.test\n" + ts.ReadFile(path)
	ts.Check(os.WriteFile(path, []byte(text), 0o600))
}

// cmdTyped is typed ANSWER PROGRAM ARGS…: it runs the program in a terminal of its own, gives the answer to its question, and
// ends it with Ctrl-C once it is ready.
func cmdTyped(ts *testscript.TestScript, neg bool, args []string) {
	program, err := exec.LookPath(filepath.Join(filepath.SplitList(ts.Getenv("PATH"))[0], args[1]))
	ts.Check(err)
	cmd := exec.Command("script", "-qec", "exec "+program+" "+strings.Join(args[2:], " "), "/dev/null")
	cmd.Dir, cmd.Env = ts.MkAbs("."), environ(ts)
	in, err := cmd.StdinPipe()
	ts.Check(err)
	out := create(ts, "typed.out")
	cmd.Stdout, cmd.Stderr = out, out
	ts.Check(cmd.Start())
	seen := func(text string) bool {
		for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
			if strings.Contains(ts.ReadFile("typed.out"), text) {
				return true
			}
		}
		return false
	}
	if !seen("[yes/no]") {
		_ = cmd.Process.Kill()
		ts.Fatalf("nothing was asked:\n%s", ts.ReadFile("typed.out"))
	}
	_, err = in.Write([]byte(args[0] + "\n"))
	ts.Check(err)
	if !neg {
		if !seen("online") {
			_ = cmd.Process.Kill()
			ts.Fatalf("it is not ready:\n%s", ts.ReadFile("typed.out"))
		}
		_, err = in.Write([]byte{3})
		ts.Check(err)
	}
	err = cmd.Wait()
	_ = in.Close()
	if (err != nil) != neg {
		ts.Fatalf("it ended with %v:\n%s", err, ts.ReadFile("typed.out"))
	}
	ts.Check(ts.Exec("cat", "typed.out"))
}
