package main

import (
	"bytes"
	"crypto"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
	sshagent "golang.org/x/crypto/ssh/agent"
)

// keyring is what we log in with, in OpenSSH's order: the agent's keys, those
// first that are also named as files, then the files, and last devhook's own.
// With --identity it is that key alone.
type keyring struct {
	files  []string
	named  bool         // a file that is not there is worth a word
	only   bool         // of the agent's keys only those of files
	socket string       // of the agent, "" for none
	own    ssh.Signer   // nil with --identity
	notes  []string     // what kept a key from being offered, from the last call of signers
	said   []offeredKey // what was offered last
}

type offeredKey struct {
	print, from string
}

// keyring finds the keys for a host. own gives devhook's own, or nil.
func (c *cli) keyring(h *sshHost, file string, own func() (*identity, error)) (*keyring, error) {
	k := &keyring{files: h.keys, named: h.chosen, only: h.only, socket: c.getenv("SSH_AUTH_SOCK")}
	if file != "" {
		k.files, k.named, k.only = h.paths([]string{file}), true, true
		if len(k.files) == 0 { // OpenSSH's none, or ~ without a home
			return nil, failed(nil, "name a private key such as ~/.ssh/id_ed25519, or leave --identity out", "%s names no key", file)
		}
		if keys, err := k.signers(); err != nil || len(keys) == 0 {
			return nil, k.identityFault(k.files[0])
		}
		return k, nil
	}
	mine, err := own()
	if err != nil {
		return nil, err
	}
	if mine != nil {
		k.own = mine.signer
	}
	if h.socket {
		k.socket = ""
	}
	return k, nil
}

// identityFault says why the key named with --identity can't be used.
func (k *keyring) identityFault(path string) error {
	_, _, problem := readKey(path)
	hint := "name a private key such as ~/.ssh/id_ed25519"
	switch problem {
	case encrypted:
		hint = "hold it in an agent: ssh-add " + path
	case "":
		problem = "can't be used"
	default:
		if strings.HasPrefix(problem, "can be read") {
			hint = "chmod 600 " + path
		}
	}
	return failed(nil, hint, "the key %s %s", path, problem)
}

// signers gives the keys for one login.
func (k *keyring) signers() ([]ssh.Signer, error) {
	k.notes, k.said = nil, nil
	var all []ssh.Signer
	held := k.held()
	publics := make([]ssh.PublicKey, len(k.files))
	privates := make([]ssh.Signer, len(k.files))
	for i, path := range k.files {
		var problem string
		privates[i], publics[i], problem = readKey(path)
		inAgent := publics[i] != nil && slices.ContainsFunc(held, func(a agentKey) bool { return same(a.public, publics[i]) })
		if problem != "" && !inAgent && (k.named || problem != missing) {
			k.notes = append(k.notes, path+" "+problem)
		}
	}
	named := func(a agentKey) bool {
		return slices.ContainsFunc(publics, func(p ssh.PublicKey) bool { return p != nil && same(p, a.public) })
	}
	for _, first := range []bool{true, false} {
		for _, a := range held {
			if named(a) == first && (first || !k.only) {
				all = k.offer(all, a, "from the agent")
			}
		}
	}
	for i, s := range privates {
		if s != nil {
			all = k.offer(all, s, k.files[i])
		}
	}
	if k.own != nil {
		all = k.offer(all, k.own, "devhook's own")
	}
	return all, nil
}

// offer adds a key, unless it is there already.
func (k *keyring) offer(all []ssh.Signer, s ssh.Signer, from string) []ssh.Signer {
	if slices.ContainsFunc(all, func(o ssh.Signer) bool { return same(o.PublicKey(), s.PublicKey()) }) {
		return all
	}
	k.said = append(k.said, offeredKey{ssh.FingerprintSHA256(s.PublicKey()), from})
	return append(all, s)
}

func same(a, b ssh.PublicKey) bool { return bytes.Equal(a.Marshal(), b.Marshal()) }

// What may be wrong with a key file.
const (
	missing   = "is not there"
	encrypted = "is encrypted, and no agent holds it"
)

// readKey reads a private key. Of an encrypted one only the public half is
// given, and of a key that is held elsewhere (in an agent or a token) what
// stands in the .pub file beside it.
func readKey(path string) (s ssh.Signer, public ssh.PublicKey, problem string) {
	public = publicBeside(path)
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, public, missing
	case err != nil:
		return nil, public, "can't be read: " + reason(err)
	}
	if _, _, _, _, err := ssh.ParseAuthorizedKey(text); err == nil {
		return nil, nil, "is a public key, not the private one"
	}
	if bytes.HasPrefix(text, []byte("PuTTY-User-Key-File")) {
		return nil, nil, "is in PuTTY's format; puttygen exports it in OpenSSH's"
	}
	if problem := exposed(path); problem != "" {
		return nil, public, problem
	}
	s, err = ssh.ParsePrivateKey(text)
	if locked, ok := errors.AsType[*ssh.PassphraseMissingError](err); ok {
		if locked.PublicKey != nil {
			public = locked.PublicKey
		}
		return nil, public, encrypted
	}
	if err != nil {
		return nil, nil, "is no private key"
	}
	return s, s.PublicKey(), ""
}

func publicBeside(path string) ssh.PublicKey {
	text, err := os.ReadFile(path + ".pub")
	if err != nil {
		return nil
	}
	public, _, _, _, err := ssh.ParseAuthorizedKey(text)
	if err != nil {
		return nil
	}
	return public
}

// exposed says whether others may read a file: OpenSSH uses no such key.
func exposed(path string) string {
	info, err := os.Stat(path)
	if err == nil && tooOpen(info) {
		return "can be read by others"
	}
	return ""
}

// agentKey is a key that an ssh-agent holds. Each signature asks the agent
// anew, so that it may be restarted between two logins.
type agentKey struct {
	socket string
	public ssh.PublicKey
}

const agentPatience = 60 * time.Second // it may ask its user

// held lists the agent's keys.
func (k *keyring) held() (keys []agentKey) {
	if k.socket == "" {
		return nil
	}
	a, hangUp, err := dialAgent(k.socket)
	if err != nil {
		k.notes = append(k.notes, "the ssh-agent at "+k.socket+" does not answer")
		return nil
	}
	defer hangUp()
	list, err := a.List()
	if err != nil {
		k.notes = append(k.notes, "the ssh-agent at "+k.socket+" does not answer")
	}
	for _, one := range list {
		if public, err := ssh.ParsePublicKey(one.Blob); err == nil {
			keys = append(keys, agentKey{k.socket, public})
		}
	}
	return keys
}

func dialAgent(socket string) (sshagent.ExtendedAgent, func(), error) {
	conn, err := net.DialTimeout("unix", socket, time.Second)
	if err != nil {
		return nil, nil, err
	}
	_ = conn.SetDeadline(time.Now().Add(agentPatience))
	return sshagent.NewClient(conn), func() { _ = conn.Close() }, nil
}

func (a agentKey) PublicKey() ssh.PublicKey { return a.public }

func (a agentKey) Sign(rand io.Reader, data []byte) (*ssh.Signature, error) {
	return a.SignWithAlgorithm(rand, data, "")
}

// SignWithAlgorithm asks the agent. Only RSA keys have a choice.
func (a agentKey) SignWithAlgorithm(_ io.Reader, data []byte, algorithm string) (*ssh.Signature, error) {
	client, hangUp, err := dialAgent(a.socket)
	if err != nil {
		return nil, err
	}
	defer hangUp()
	var flags sshagent.SignatureFlags
	switch hashOf(algorithm) {
	case crypto.SHA256:
		flags = sshagent.SignatureFlagRsaSha256
	case crypto.SHA512:
		flags = sshagent.SignatureFlagRsaSha512
	}
	return client.SignWithFlags(a.public, data, flags)
}

func hashOf(algorithm string) crypto.Hash {
	switch algorithm {
	case ssh.KeyAlgoRSASHA256:
		return crypto.SHA256
	case ssh.KeyAlgoRSASHA512:
		return crypto.SHA512
	}
	return 0
}
