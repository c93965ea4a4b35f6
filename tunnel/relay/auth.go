package relay

import (
	"crypto/rsa"
	"errors"
	"net"
	"time"

	"golang.org/x/crypto/ssh"

	"devhook/tunnel"
)

const maxRSABits = 4096 // a longer key costs minutes of our time to check

type (
	grantKey  struct{} // where Permissions keep the Grant
	publicKey struct{} // and the key itself
)

const fingerprint = "fingerprint" // where Permissions keep the key's identity

// sshConfig allows public keys and nothing else: no passwords, no certificates.
func (s *Server) sshConfig() *ssh.ServerConfig {
	c := &ssh.ServerConfig{
		Config:        algorithms(),
		ServerVersion: "SSH-2.0-devhook",
		PublicKeyAuthAlgorithms: []string{
			ssh.KeyAlgoED25519, ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521,
			ssh.KeyAlgoRSASHA256, ssh.KeyAlgoRSASHA512,
		},
		PublicKeyCallback: func(m ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
			return s.permit(key, m.RemoteAddr())
		},
	}
	c.AddHostKey(s.cfg.HostKey)
	return c
}

// algorithms are those in which nobody sees a weakness, as ssh-audit judges: no NIST curves, no SHA-1, and only MACs of
// what was encrypted. Every OpenSSH since 6.5 (2014) finds its own among them; x/crypto adds the strict key exchange.
func algorithms() ssh.Config {
	return ssh.Config{
		KeyExchanges: []string{ssh.KeyExchangeMLKEM768X25519, ssh.KeyExchangeCurve25519, ssh.KeyExchangeDH14SHA256},
		Ciphers: []string{
			ssh.CipherAES128GCM, ssh.CipherAES256GCM, ssh.CipherChaCha20Poly1305,
			ssh.CipherAES128CTR, ssh.CipherAES192CTR, ssh.CipherAES256CTR,
		},
		MACs: []string{ssh.HMACSHA256ETM, ssh.HMACSHA512ETM},
	}
}

// permit judges one key. The identity is bound to the Permissions of this very key: a client may offer several, and
// only those of the key it signs with count.
func (s *Server) permit(key ssh.PublicKey, from net.Addr) (*ssh.Permissions, error) {
	if err := acceptable(key); err != nil {
		return nil, err
	}
	g, err := s.cfg.Authorized(key, from)
	if err != nil {
		return nil, err
	}
	return &ssh.Permissions{
		Extensions: map[string]string{fingerprint: ssh.FingerprintSHA256(key)},
		ExtraData:  map[any]any{grantKey{}: g, publicKey{}: key},
	}, nil
}

func acceptable(key ssh.PublicKey) error {
	switch key.Type() {
	case ssh.KeyAlgoED25519, ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521:
		return nil
	case ssh.KeyAlgoRSA:
		k, ok := key.(ssh.CryptoPublicKey)
		if !ok {
			break
		}
		if r, ok := k.CryptoPublicKey().(*rsa.PublicKey); ok && r.N.BitLen() <= maxRSABits {
			return nil
		}
		return errors.New("relay: RSA key of more than 4096 bits")
	}
	return errors.New("relay: key type not accepted")
}

// serveAgent lets an agent log in. Its life goes on elsewhere: the handshake leaves a large stack behind.
func (s *Server) serveAgent(c net.Conn) {
	a, channels, requests := s.login(c)
	if a == nil || !s.enlist(a) {
		_ = c.Close()
		return
	}
	s.spawn(func() {
		defer c.Close()
		a.serve(channels, requests)
	}, c)
}

// login runs the SSH handshake. It returns nil if the agent isn't let in.
func (s *Server) login(c net.Conn) (*agent, <-chan ssh.NewChannel, <-chan *ssh.Request) {
	if !s.door.enter(c) {
		return nil, nil, nil
	}
	defer s.door.leave(c)
	line := tunnel.NewLine(c)
	_ = line.SetDeadline(time.Now().Add(s.cfg.Limits.Handshake))
	conn, channels, requests, err := ssh.NewServerConn(line, s.ssh)
	if err != nil {
		s.counts.refused[handshakeEnd(err)].Add(1)
		s.cfg.Log.Info("agent refused", "from", c.RemoteAddr().String(), "err", err)
		return nil, nil, nil
	}
	s.counts.logins.Add(1)
	_ = line.SetDeadline(time.Time{})
	g, _ := conn.Permissions.ExtraData[grantKey{}].(Grant)
	a := newAgent(s, line, conn, conn.Permissions.Extensions[fingerprint], g)
	a.public, _ = conn.Permissions.ExtraData[publicKey{}].(ssh.PublicKey)
	return a, channels, requests
}
