package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/skeema/knownhosts"
	"golang.org/x/crypto/ssh"
	xknownhosts "golang.org/x/crypto/ssh/knownhosts"
	xterm "golang.org/x/term"
)

// hostKeys judges a server's key by the known_hosts files, which are read anew
// at each login.
type hostKeys struct {
	files []string // the first takes new keys
}

// A hostKeyFault says why a server's key is not trusted.
type hostKeyFault struct {
	kind  string // unknown, changed or revoked
	host  string // host:port
	known []ssh.PublicKey
	now   ssh.PublicKey
}

const (
	unknownKey = "unknown"
	changedKey = "changed"
	revokedKey = "revoked"
)

func (f *hostKeyFault) Error() string { return "the host key of " + f.host + " is " + f.kind }

func (h *hostKeys) db() (*knownhosts.HostKeyDB, error) {
	files := slices.DeleteFunc(slices.Clone(h.files), func(path string) bool {
		_, err := os.Stat(path)
		return err != nil
	})
	return knownhosts.NewDB(files...)
}

// check is an ssh.HostKeyCallback.
func (h *hostKeys) check(host string, remote net.Addr, key ssh.PublicKey) error {
	db, err := h.db()
	if err != nil {
		return err
	}
	err = db.HostKeyCallback()(host, remote, key)
	if _, revoked := errors.AsType[*xknownhosts.RevokedError](err); revoked {
		return &hostKeyFault{kind: revokedKey, host: host, now: key}
	}
	if _, ok := errors.AsType[*xknownhosts.KeyError](err); !ok {
		return err
	}
	// A @cert-authority line says whose certificates are good. It makes no key known: a host that shows a plain one is
	// new to us, not changed.
	f := &hostKeyFault{kind: unknownKey, host: host, now: key}
	for _, known := range db.HostKeys(host) {
		if !known.Cert {
			f.kind, f.known = changedKey, append(f.known, known.PublicKey)
		}
	}
	return f
}

// algorithms are those of the keys we know first, so that a server with
// several keys shows a known one; then all others, so that a changed one is
// seen for what it is.
func (h *hostKeys) algorithms(host string) ([]string, error) {
	db, err := h.db()
	if err != nil {
		return nil, err
	}
	var all []string
	for _, name := range append(db.HostKeyAlgorithms(host), ssh.SupportedAlgorithms().HostKeys...) {
		certificate := strings.Contains(name, "-cert-")
		if !slices.Contains(all, name) && (!certificate || slices.Contains(db.HostKeyAlgorithms(host), name)) {
			all = append(all, name)
		}
	}
	return all, nil
}

// learn writes a key down.
func (h *hostKeys) learn(host string, key ssh.PublicKey) error {
	path := h.files[0]
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	line := knownhosts.Line([]string{host}, key) + "\n"
	last := make([]byte, 1)
	if end, err := f.Seek(-1, io.SeekEnd); err == nil {
		if _, err := f.ReadAt(last, end); err == nil && last[0] != '\n' {
			line = "\n" + line
		}
	}
	_, err = f.WriteString(line)
	return errors.Join(err, f.Close())
}

// trust decides about an unknown key: it is written down with
// --accept-new-host-key, or when whoever sits at the terminal says so.
func (c *cli) trust(h *hostKeys, f *hostKeyFault, accept bool) error {
	if f.kind != unknownKey || !accept && !c.agrees(h, f) {
		return f.explain(h)
	}
	if err := h.learn(f.host, f.now); err != nil {
		return failed(err, "check the permissions of the file and its folder", "the host key can't be written to %s: %s", h.files[0], reason(err))
	}
	c.term.tell("note: the host key of %s is now known: %s", shown(f.host), ssh.FingerprintSHA256(f.now))
	return nil
}

// agrees asks whoever sits at the terminal.
func (c *cli) agrees(h *hostKeys, f *hostKeyFault) bool {
	in, ok := c.stdin.(*os.File)
	if !ok || !xterm.IsTerminal(int(in.Fd())) {
		return false
	}
	c.term.ask("the host key of %s is not known yet: %s %s\ncompare it with what whoever runs the server says; trust it, and write it to %s? [yes/no] ",
		shown(f.host), kindOf(f.now), ssh.FingerprintSHA256(f.now), h.files[0])
	line, err := bufio.NewReader(in).ReadString('\n')
	return err == nil && slices.Contains([]string{"y", "yes"}, strings.ToLower(strings.TrimSpace(line)))
}

// ask prints a question, which the answer follows on its line.
func (t *term) ask(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	fmt.Fprintf(t.err, format, args...)
}

// explain is the fault as a sentence, with both fingerprints.
func (f *hostKeyFault) explain(h *hostKeys) error {
	host := shown(f.host)
	now := ssh.FingerprintSHA256(f.now)
	switch f.kind {
	case revokedKey:
		return &failure{
			text: "the host key of " + host + " is revoked in known_hosts", lines: []string{"now    " + now}, code: 1, cause: f,
			hint: "do not go on; ask whoever runs the relay for its new key",
		}
	case changedKey:
		var lines []string
		for _, k := range f.known {
			lines = append(lines, "known  "+ssh.FingerprintSHA256(k))
		}
		return &failure{
			text: "the host key of " + host + " changed", lines: append(lines, "now    "+now), code: 1, cause: f,
			hint: "ask whoever runs the relay; if the change is right, remove the old line with ssh-keygen -R '" + knownhosts.Normalize(f.host) + "'" + h.file(),
		}
	}
	return &failure{
		text: "the host key of " + host + " is not known yet", lines: []string{"now    " + now + "  " + kindOf(f.now)}, code: 1, cause: f,
		hint: "compare it with what whoever runs the relay says; --accept-new-host-key then writes it to " + h.files[0],
	}
}

// file names the file for ssh-keygen, where it isn't the usual one.
func (h *hostKeys) file() string {
	if filepath.Base(h.files[0]) == "known_hosts" && filepath.Base(filepath.Dir(h.files[0])) == ".ssh" {
		return ""
	}
	return " -f '" + h.files[0] + "'"
}

// kindOf is the kind of a key as people call it.
func kindOf(key ssh.PublicKey) string {
	name, _, _ := bytes.Cut(bytes.TrimPrefix([]byte(key.Type()), []byte("ssh-")), []byte("-"))
	return strings.ToUpper(string(name))
}

// shown is host:port without SSH's usual port.
func shown(address string) string {
	if host, port, err := net.SplitHostPort(address); err == nil && port == "22" {
		return quote(host)
	}
	return quote(address)
}
