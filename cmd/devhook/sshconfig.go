package main

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strings"

	"github.com/kevinburke/ssh_config"

	"devhook/cmd/devhook/config"
)

// sshHost is where an ssh:// relay is and how to log in there: what the URL
// says, then ~/.ssh/config, then /etc/ssh/ssh_config, then what OpenSSH does by
// itself (port 22, this machine's user, ~/.ssh/id_*).
type sshHost struct {
	name   string   // as it stands in the URL
	host   string   // where it is: HostName, or the name
	port   string   //
	user   string   //
	keys   []string // files of private keys, in order
	chosen bool     // they were named, not OpenSSH's usual ones
	only   bool     // IdentitiesOnly: of the agent's keys only these
	known  []string // known_hosts files; new keys are written to the first
	socket bool     // it is reached by WebSocket
	home   string
}

// address is host:port.
func (h *sshHost) address() string { return net.JoinHostPort(h.host, h.port) }

// sshHost reads what OpenSSH would read for this host.
func (c *cli) sshHost(r *config.RelayURL) (*sshHost, error) {
	if r.Scheme != "ssh" {
		return c.socketHost(r), nil
	}
	h := &sshHost{name: r.Host, home: c.home()}
	conf, err := h.readConfig()
	if err != nil {
		return nil, err
	}
	if by := conf.first("ProxyJump", "ProxyCommand"); by != "" && !strings.EqualFold(by, "none") {
		return nil, failed(nil, "log in to a server that is reached directly, or take these lines out for it",
			"~/.ssh/config reaches %s by another host (%s), which devhook does not", quote(r.Host), quote(by))
	}
	h.host = strings.ReplaceAll(or(conf.first("HostName"), r.Host), "%h", r.Host)
	h.port = or(r.Port, conf.first("Port"), "22")
	h.user = or(r.User, conf.first("User"), localUser())
	h.only = strings.EqualFold(conf.first("IdentitiesOnly"), "yes")
	h.keys, h.chosen = h.paths(conf.all("IdentityFile")), true
	if len(h.keys) == 0 {
		h.keys, h.chosen = h.paths([]string{"~/.ssh/id_ed25519", "~/.ssh/id_ecdsa", "~/.ssh/id_rsa"}), false
	}
	h.known = h.paths(strings.Fields(or(conf.first("UserKnownHostsFile"), "~/.ssh/known_hosts ~/.ssh/known_hosts2")))
	h.known = append(h.known, "/etc/ssh/ssh_known_hosts")
	return h, nil
}

// sshConfigs are the configurations that concern one host, the first to be
// asked first.
type sshConfigs struct {
	name  string
	files []*ssh_config.Config
}

func (h *sshHost) readConfig() (*sshConfigs, error) {
	all := &sshConfigs{name: h.name}
	for _, path := range h.paths([]string{"~/.ssh/config", "/etc/ssh/ssh_config"}) {
		f, err := os.Open(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, failed(err, "check its permissions", "%s can't be read: %s", path, reason(err))
		}
		conf, err := ssh_config.Decode(f)
		_ = f.Close()
		if err != nil {
			return nil, failed(err, "correct the line", "%s can't be understood: %s", path, quote(err.Error()))
		}
		all.files = append(all.files, conf)
	}
	return all, nil
}

// first is the value of the first of these words that has one.
func (s *sshConfigs) first(words ...string) string {
	for _, word := range words {
		if all := s.all(word); len(all) > 0 {
			return all[0]
		}
	}
	return ""
}

func (s *sshConfigs) all(word string) (values []string) {
	for _, conf := range s.files {
		// An error means a conditional Include, which is not for us.
		found, err := conf.GetAll(s.name, word)
		if err != nil {
			continue
		}
		for _, v := range found {
			values = append(values, strings.Trim(v, `"`))
		}
	}
	return values
}

// paths puts in what OpenSSH's tokens stand for. "none" names no file.
func (h *sshHost) paths(texts []string) (paths []string) {
	tokens := strings.NewReplacer("%%", "%", "%d", h.home, "%h", h.host, "%n", h.name, "%p", h.port, "%r", h.user, "%u", localUser())
	for _, text := range texts {
		if rest, ok := strings.CutPrefix(text, "~/"); ok {
			text = filepath.Join(h.home, rest)
		}
		if text != "none" && (filepath.IsAbs(text) || h.home != "") {
			paths = append(paths, tokens.Replace(text))
		}
	}
	return paths
}

// home is the user's folder, by the environment first.
func (c *cli) home() string {
	if home := c.getenv("HOME"); home != "" {
		return home
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return home
}

// getenv finds a variable; the last entry of a name counts.
func (c *cli) getenv(name string) (text string) {
	for _, entry := range c.env {
		if key, value, _ := strings.Cut(entry, "="); key == name {
			text = value
		}
	}
	return text
}

func localUser() string {
	me, err := user.Current()
	if err != nil {
		return "devhook"
	}
	return me.Username[strings.LastIndexByte(me.Username, '\\')+1:]
}

// or is the first text that isn't empty.
func or(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}
