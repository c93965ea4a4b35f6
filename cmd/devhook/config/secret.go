package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// holder is whose secret a reference is, for the words of a fault.
type holder struct {
	name     string // "stripe", "the inspector"
	variable string // name to suggest: STRIPE_SECRET
	flag     string // what to write with a variable: "--verify stripe=env:STRIPE_SECRET"
	key      string // the same in devhook.yaml: "secret: env:STRIPE_SECRET"
	needed   bool   // nothing goes without it
}

// filled says what to do about a place that is empty.
func (who holder) filled() string {
	if who.needed {
		return "put the secret into it"
	}
	return "put the secret into it, or leave the secret out to skip the check"
}

func senderHolder(provider, path string) holder {
	variable := strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, strings.ToUpper(provider)) + "_SECRET"
	at := ""
	if path != "/" {
		at = "@" + path
	}
	return holder{
		name: provider, variable: variable,
		flag: fmt.Sprintf("--verify %s%s=env:%s", provider, at, variable),
		key:  "secret: env:" + variable,
	}
}

func (l *loader) setInspectToken(values []value) {
	v, ok := one(values)
	if !ok {
		return
	}
	who := holder{
		name: "the inspector", variable: "INSPECT_TOKEN",
		flag: "--inspect-token env:INSPECT_TOKEN", key: "inspect_token: env:INSPECT_TOKEN",
	}
	switch secrets := l.secrets(who, v); {
	case len(secrets) == 1:
		l.cfg.InspectToken = secrets[0].Value
	case len(secrets) > 1:
		l.fault(v.at, who.flag, "the inspector takes one token")
	}
}

// Secrets reads the comma-separated references of a flag for one sender: --secret env:NAME. Its error is a Faults.
func Secrets(flag, provider, text string, environ []string) ([]Secret, error) {
	l := &loader{src: Sources{Env: environ}, cfg: &Config{}}
	who := senderHolder(provider, "/")
	who.flag = flag + " env:" + who.variable
	all := l.secrets(who, value{text: text})
	if len(l.faults) > 0 {
		return nil, l.faults
	}
	return all, nil
}

// Credential reads the reference to what a sender's own API asks for: --credential env:NAME. Its error is a Faults.
func Credential(flag, provider, text string, environ []string) (Secret, error) {
	l := &loader{src: Sources{Env: environ}, cfg: &Config{}}
	if s, ok := l.secret(credentialOf(flag, provider), value{text: text}); ok {
		return s, nil
	}
	return Secret{}, l.faults
}

// secrets resolves a comma-separated list of references.
func (l *loader) secrets(who holder, v value) []Secret {
	var all []Secret
	for _, ref := range strings.Split(v.text, ",") {
		if s, ok := l.secret(who, value{strings.TrimSpace(ref), v.at}); ok {
			all = append(all, s)
		}
	}
	return all
}

func (l *loader) secret(who holder, ref value) (Secret, bool) {
	kind, name, ok := strings.Cut(ref.text, ":")
	switch {
	case ref.text == "":
		l.fault(ref.at, "write "+who.usage(ref.at), "the secret for %s is empty", who.name)
		return Secret{}, false
	case !ok || kind != "env" && kind != "file" && kind != "keyring":
		l.literal(who, ref.at)
		return Secret{}, false
	case name == "":
		l.fault(ref.at, "write "+who.usage(ref.at), "the secret for %s is %s: with nothing behind the colon", who.name, kind)
		return Secret{}, false
	case kind == "keyring":
		return l.keyringSecret(who, name, ref)
	case kind == "env":
		return l.envSecret(who, name, ref)
	}
	return l.fileSecret(who, name, ref)
}

func (who holder) usage(at place) string {
	if at.kind == file {
		return who.key
	}
	return who.flag
}

// literal refuses a secret that was written out, without repeating it.
func (l *loader) literal(who holder, at place) {
	hint := "export " + who.variable + " and write " + who.usage(at)
	if at.kind == flag {
		l.fault(at, hint, "the secret for %s stands in the command line, where other users can read it", who.name)
		return
	}
	l.fault(at, hint, "the secret for %s stands here in plain text", who.name)
}

func (l *loader) envSecret(who holder, name string, ref value) (Secret, bool) {
	shown := "env:" + name
	// env:whsec_… is a secret in the wrong place more often than a variable.
	if strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != "" {
		shown = "the variable for " + who.name
	}
	text, ok := lookupOK(l.src.Env, name)
	text = trimNewline(text)
	switch {
	case !ok:
		l.fault(ref.at, "export it before you start devhook, or write file:PATH", "%s isn't set", shown)
	case text == "":
		l.fault(ref.at, who.filled(), "%s is empty", shown)
	default:
		return Secret{Ref: ref.text, Value: text}, true
	}
	return Secret{}, false
}

// maxSecret bounds a secret file in bytes: the longest keys are a few KiB.
const maxSecret = 64 << 10

func (l *loader) fileSecret(who holder, path string, ref value) (Secret, bool) {
	if ref.at.kind == file && !filepath.IsAbs(path) {
		path = filepath.Join(filepath.Dir(l.cfg.File), path)
	}
	text, err := l.secretIn(path)
	switch {
	case err != nil:
		l.fault(ref.at, "write the secret for "+who.name+" into that file, or use env:"+who.variable, "%s can't be read: %v", ref.text, cause(err))
	case text == "":
		l.fault(ref.at, who.filled(), "%s is empty", ref.text)
	default:
		return Secret{Ref: ref.text, Value: text}, true
	}
	return Secret{}, false
}

// secretIn reads a secret's file. What a pipe brought once stays: it has no more.
func (l *loader) secretIn(path string) (string, error) {
	if text, ok := l.src.Pipes[path]; ok {
		return text, nil
	}
	l.opened(path)
	data, err := readLimited(path, maxSecret)
	text := trimNewline(string(data))
	if info, serr := os.Stat(path); l.src.Pipes != nil && serr == nil && !info.Mode().IsRegular() && text != "" {
		l.src.Pipes[path] = text
	}
	return text, err
}

// trimNewline takes one line end away: the one an editor or echo put there.
func trimNewline(text string) string {
	text = strings.TrimSuffix(text, "\n")
	return strings.TrimSuffix(text, "\r")
}

var errTooBig = errors.New("it is too big")

// patience is how long a pipe may take to bring a file's content.
const patience = 10 * time.Second

// readLimited reads a file of at most limit bytes. A pipe is read too, as in
// file:<(pass show shop); one that nobody writes to is empty, and none makes us
// wait for ever.
func readLimited(path string, limit int64) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	_ = f.SetReadDeadline(time.Now().Add(patience)) // files on a disk have none
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, errors.New("it is a directory")
	}
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		return nil, errTooBig
	}
	return data, err
}

// cause drops the operation and path that the sentence already names.
func cause(err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return pe.Err
	}
	return err
}
