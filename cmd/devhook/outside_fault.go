package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"

	"devhook/cmd/devhook/config"
	"devhook/tunnel"
)

// What a stock sshd needs in its sshd_config for each thing that may be
// missing. The last two free a port within half a minute of a cut.
var (
	gatewayLines = []string{"GatewayPorts clientspecified"}
	forwardLines = []string{"AllowTcpForwarding remote", "GatewayPorts clientspecified"}
	ghostLines   = []string{"ClientAliveInterval 5", "ClientAliveCountMax 1"}
)

const configHint = "put into its /etc/ssh/sshd_config, then reload it (systemctl reload ssh):"

// fault says why no address was to be had.
func (o *outside) fault(ctx context.Context, err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	if f, ok := errors.AsType[*hostKeyFault](err); ok {
		return f.explain(o.known)
	}
	if e, ok := errors.AsType[*tunnel.NotGivenError](err); ok {
		return o.notGiven(ctx, e)
	}
	where := o.where()
	switch {
	case errors.Is(err, tunnel.ErrKeyRefused):
		return o.keyFault(err)
	case errors.Is(err, tunnel.ErrHostKey):
		return failed(err, "compare the key with what whoever runs the relay says", "the host key of %s is not trusted: %s", where, reason(err))
	case errors.Is(err, tunnel.ErrNoNames):
		return failed(err, "leave --name out: it is for devhook relay --domain", "%s is a stock sshd, and gives no names", where)
	case errors.Is(err, tunnel.ErrPortTaken) && o.cfg.Name != "":
		return failed(err, "choose another with --name", "the name %s on %s is another key's", quote(o.cfg.Name), where)
	case errors.Is(err, tunnel.ErrPortTaken):
		return failed(err, "choose another with --port, or leave --port out", "%s has no free port for this key: %s", where, reason(err))
	case errors.Is(err, tunnel.ErrPortRefused):
		return failed(err, "ask whoever runs the relay, or choose another with "+o.word(), "%s does not give this key %s: %s", where, o.wanted(), said(err))
	case errors.Is(err, tunnel.ErrTakenOver):
		return failed(err, "end the other one, or start this one with another "+o.word(), "another devhook with the same key has the address now")
	case errors.Is(err, tunnel.ErrReads):
		return failed(err, "leave --tls-cert out, or forward over a stock sshd", "TLS can't end here: %s is a devhook relay, which reads requests itself", where)
	case errors.Is(err, tunnel.ErrVersion):
		return failed(err, "update the older of the two", "%s speaks another version of devhook's protocol", where)
	case strings.HasPrefix(err.Error(), "knownhosts: "):
		return failed(err, "correct the line, or remove it", "known_hosts can't be understood: %s", quote(err.Error()))
	}
	return o.lineFault(err)
}

// lineFault says why there is no connection.
func (o *outside) lineFault(err error) error {
	if o.at.socket {
		return o.socketFault(err)
	}
	var unknown *net.DNSError
	switch {
	case errors.As(err, &unknown):
		return failed(err, "check the name after --relay ssh://", "the host %s has no address: %s", quote(o.at.host), reason(err))
	case errors.Is(err, syscall.ECONNREFUSED):
		return failed(err, "see that sshd or devhook relay runs there, and on which port: --relay ssh://host:port", "nothing listens on %s", o.at.address())
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return failed(err, "see that a firewall lets you through to it, and that it is the SSH port", "%s does not answer", o.at.address())
	}
	try := "ssh -v "
	if host, port, _ := net.SplitHostPort(o.at.address()); host != "" && port != "22" {
		try += "-p " + port + " "
	}
	return failed(err, "see that sshd or devhook relay runs there: "+try+o.at.user+"@"+o.at.host, "no login at %s: %s", o.at.address(), reason(err))
}

// keyFault says which keys were offered, and what else was there.
func (o *outside) keyFault(err error) error {
	f := &failure{text: fmt.Sprintf("%s accepts no key for %s", o.where(), quote(o.at.user)), code: 1, cause: err}
	for _, k := range o.keys.said {
		f.lines = append(f.lines, "offered  "+k.print+"  "+k.from)
	}
	for _, note := range o.keys.notes {
		f.lines = append(f.lines, "left out  "+note)
	}
	switch {
	case strings.Contains(err.Error(), "too many"):
		f.hint = "name the right key with --identity: the server heard of too many"
	case o.at.socket && o.cfg.Identity != "":
		f.hint = "have the line of " + o.cfg.Identity + ".pub put into the relay's --authorized-keys"
	case o.at.socket:
		f.hint = "have the line that devhook key prints put into the relay's --authorized-keys, or name another key with --identity"
	case o.cfg.Identity != "":
		f.hint = "add the key there: ssh-copy-id -i " + o.cfg.Identity + " " + o.at.user + "@" + o.at.host
	case strings.Contains(strings.Join(o.keys.notes, " "), encrypted):
		f.hint = "hold the encrypted key in an agent (ssh-add), or add the key that devhook key prints to ~/.ssh/authorized_keys there"
	default:
		f.hint = "add the key that devhook key prints to ~/.ssh/authorized_keys there, or name another with --identity"
	}
	return f
}

// notGiven says why a stock sshd forwards no port to us.
func (o *outside) notGiven(ctx context.Context, e *tunnel.NotGivenError) error {
	where, port := o.where(), e.Asked[0]
	switch o.answers(ctx, port) {
	case speaks:
		if o.cfg.Port != 0 {
			return failed(e, "choose another with --port, or end that program", "port %d on %s is taken by another program", port, where)
		}
	case mute:
		return o.ghost(e, port)
	}
	switch {
	case e.InUse && o.cfg.Port != 0:
		return failed(e, "choose another with --port, or end that program", "port %d on %s is taken by another program", port, where)
	case e.Other != 0:
		f := &failure{text: fmt.Sprintf("sshd on %s gives %s port %d, but not %d", where, quote(o.at.user), e.Other, port), code: 1, cause: e}
		f.hint = fmt.Sprintf("write --port %d, or %s", e.Other, configHint)
		f.block = []string{fmt.Sprintf("PermitListen %d %d", port, e.Other)}
		if port < 1024 {
			f.hint = fmt.Sprintf("write --port %d: below 1024 only root may forward", e.Other)
			f.block = nil
		}
		return f
	case e.Direct:
		return &failure{
			text: fmt.Sprintf("sshd on %s gives %s none of the ports %s", where, quote(o.at.user), list(o.ports())),
			hint: configHint, block: []string{"PermitListen " + strings.ReplaceAll(list(config.Ports()), ",", "")}, code: 1, cause: e,
		}
	}
	return &failure{
		text: fmt.Sprintf("sshd on %s forwards no ports for %s", where, quote(o.at.user)),
		hint: configHint, block: forwardLines, code: 1, cause: e,
	}
}

// ghost is the fault of a port that is held by a session which is no more.
func (o *outside) ghost(err error, port int) error {
	return &failure{
		text: fmt.Sprintf("port %d on %s is held by an older session that sshd has not noticed to be gone", port, o.where()),
		hint: "choose another with --port; so that it is noticed, " + configHint, block: ghostLines, code: 1, cause: err,
	}
}

func (o *outside) ports() []int {
	if o.cfg.Port != 0 {
		return []int{o.cfg.Port}
	}
	return config.Ports()
}

// word is the flag that asks for an address.
func (o *outside) word() string {
	if o.cfg.Name != "" {
		return "--name"
	}
	return "--port"
}

// said is what the relay itself said of a refusal, quoted.
func said(err error) string {
	text := err.Error()
	if n := strings.Index(text, ": \""); n >= 0 {
		return text[n+2:]
	}
	return reason(err)
}

func (o *outside) wanted() string {
	if o.cfg.Name != "" {
		return "the name " + quote(o.cfg.Name)
	}
	if o.cfg.Port != 0 {
		return fmt.Sprintf("port %d", o.cfg.Port)
	}
	return "a port"
}

// unreached says why no request made the round trip although sshd gave us the
// port, and what to do.
func (o *outside) unreached(ctx context.Context, port int, problem error) (text, hint string) {
	where := o.where()
	switch {
	case errors.Is(problem, syscall.ECONNREFUSED):
		return fmt.Sprintf("sshd on %s keeps port %d to itself, nobody else reaches it", where, port), configHint + indented(gatewayLines)
	case errors.Is(problem, context.DeadlineExceeded) && o.answers(ctx, port) == silent:
		return fmt.Sprintf("nothing gets through to port %d on %s, a firewall may stand in front", port, where),
			fmt.Sprintf("let TCP port %d in there (ufw allow %d/tcp, or the rules of whoever hosts it)", port, port)
	case errors.Is(problem, context.DeadlineExceeded):
		return fmt.Sprintf("port %d on %s accepts requests but does not hand them on", port, where), "choose another with --port"
	}
	return fmt.Sprintf("another program answers on port %d of %s: %s", port, where, reason(problem)), "choose another with --port, or end that program"
}
