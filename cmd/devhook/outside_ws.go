package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"os"
	"strings"
	"syscall"

	"devhook/cmd/devhook/config"
	"devhook/tunnel"
)

// socketHost is where a ws:// or wss:// relay is. OpenSSH has never heard of
// it, so its configuration and keys are left alone: we log in with devhook's own
// key, or that of --identity. Host keys are those of ~/.ssh/known_hosts.
func (c *cli) socketHost(r *config.RelayURL) *sshHost {
	port := or(r.Port, "80")
	if r.Scheme == "wss" {
		port = or(r.Port, "443")
	}
	h := &sshHost{name: r.Host, host: r.Host, port: port, user: "devhook", home: c.home(), socket: true}
	h.known = append(h.paths([]string{"~/.ssh/known_hosts", "~/.ssh/known_hosts2"}), "/etc/ssh/ssh_known_hosts")
	return h
}

// dialSocket goes through the proxy that the environment names.
func (o *outside) dialSocket(ctx context.Context) (net.Conn, error) {
	return tunnel.DialWebSocket(ctx, o.cfg.Relay.URL, o.socket)
}

// socketFault says why there is no connection over a WebSocket.
func (o *outside) socketFault(err error) error {
	where, via := o.cfg.Relay.URL, ""
	if _, rest, ok := strings.Cut(err.Error(), " through the proxy "); ok {
		proxy, _, _ := strings.Cut(rest, ": ")
		via = " through the proxy " + quote(proxy)
	}
	var unknown *net.DNSError
	refused, answered := errors.AsType[*tunnel.RefusedError](err)
	switch {
	case answered:
		return failed(err, "see in a browser what answers there, and that "+tunnel.WebSocketPath+" is passed on to devhook relay --http",
			"no relay at %s%s: %s", where, via, quote(refused.Reason))
	case errors.As(err, &unknown):
		return failed(err, "check the name after --relay", "the host %s has no address%s: %s", quote(unknown.Name), via, reason(err))
	case errors.Is(err, syscall.ECONNREFUSED):
		return failed(err, "see that devhook relay --http, or the web server before it, runs there", "nothing listens for %s%s", where, via)
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return failed(err, "see that a firewall lets you through to it; HTTPS_PROXY names a proxy", "%s does not answer%s", where, via)
	case errors.Is(err, tunnel.ErrNotRelay):
		return failed(err, "let "+tunnel.WebSocketPath+" lead to devhook relay --http", "%s is not a devhook relay", where)
	case ofCertificate(err):
		return untrustedFault(where, err)
	}
	hint := "see that devhook relay --http, or the web server before it, runs there"
	if via != "" {
		hint = "see that HTTPS_PROXY (for ws:// HTTP_PROXY) names a proxy that lets CONNECT through, or put the relay into NO_PROXY"
	}
	return failed(err, hint, "no way to %s%s: %s", where, via, reason(err))
}

// untrustedFault says why a certificate is none for us.
func untrustedFault(where string, err error) error {
	return failed(err, "have the certificate corrected, or add its authority to this system's (on Linux SSL_CERT_FILE names one)",
		"the certificate of %s is not trusted: %s", where, reason(err))
}

func ofCertificate(err error) bool {
	var verify *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	return errors.As(err, &verify) || errors.As(err, &authority) || errors.As(err, &host) || errors.As(err, &invalid)
}
