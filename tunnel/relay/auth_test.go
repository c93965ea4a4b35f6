package relay_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"devhook/tunnel"
	"devhook/tunnel/relay"
	"devhook/tunnel/tunneltest"
)

func TestUnknownKeyIsRefusedForGood(t *testing.T) {
	r := tunneltest.NewRelay(t, nil)
	c := r.Config(t)
	c.Signer = tunneltest.Key(t)
	if err := refused(t, c); !errors.Is(err, tunnel.ErrKeyRefused) {
		t.Errorf("Listen: %v", err)
	}
}

func TestOtherHostKeyStops(t *testing.T) {
	r := tunneltest.NewRelay(t, nil)
	c := r.Config(t)
	c.HostKey = ssh.FixedHostKey(tunneltest.Key(t).PublicKey())
	if err := refused(t, c); !errors.Is(err, tunnel.ErrHostKey) {
		t.Errorf("Listen: %v", err)
	}
}

func TestKeyThatIsTakenAwayEndsTheListener(t *testing.T) {
	var allowed ssh.PublicKey
	r, p := through(t, 0, func(c *relay.Config) {
		authorized := c.Authorized
		c.Authorized = func(k ssh.PublicKey, a net.Addr) (relay.Grant, error) {
			if allowed == nil {
				allowed = k
				return authorized(k, a)
			}
			return relay.Grant{}, errors.New("taken away")
		}
	}, nil)
	p.Cut()
	p.Mend()
	eventually(t, "final state", func() bool { s := r.agent.State(); return errors.Is(s.Err, tunnel.ErrKeyRefused) && s.Next.IsZero() })
	if _, err := r.agent.Accept(); !errors.Is(err, tunnel.ErrKeyRefused) {
		t.Errorf("Accept: %v", err)
	}
}

// login logs in as an agent of another kind.
func login(t *testing.T, r *tunneltest.Relay, auth ...ssh.AuthMethod) (*ssh.Client, error) {
	t.Helper()
	c, err := dialSSH(r, auth...)
	if err == nil {
		t.Cleanup(func() { _ = c.Close() })
	}
	return c, err
}

func dialSSH(r *tunneltest.Relay, auth ...ssh.AuthMethod) (*ssh.Client, error) {
	return ssh.Dial("tcp", r.SSH, &ssh.ClientConfig{
		User: "x", Auth: auth, HostKeyCallback: ssh.FixedHostKey(r.HostKey), Timeout: patience,
	})
}

func TestOnlyPlainKeysLogIn(t *testing.T) {
	r := tunneltest.NewRelay(t, nil)
	known := r.Config(t).Signer
	long, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	rsaKey, err := ssh.NewSignerFromKey(long)
	if err != nil {
		t.Fatal(err)
	}
	r.Allow(rsaKey.PublicKey(), relay.Grant{})
	certificate := &ssh.Certificate{Key: known.PublicKey(), CertType: ssh.UserCert, ValidBefore: ssh.CertTimeInfinity}
	if err := certificate.SignCert(rand.Reader, known); err != nil {
		t.Fatal(err)
	}
	withCertificate, err := ssh.NewCertSigner(certificate, known)
	if err != nil {
		t.Fatal(err)
	}
	for name, try := range map[string]struct {
		auth ssh.AuthMethod
		ok   bool
	}{
		"ed25519":     {ssh.PublicKeys(known), true},
		"rsa":         {ssh.PublicKeys(rsaKey), true},
		"unknown":     {ssh.PublicKeys(tunneltest.Key(t)), false},
		"second":      {ssh.PublicKeys(tunneltest.Key(t), known), true},
		"password":    {ssh.Password(""), false},
		"interactive": {ssh.KeyboardInteractive(func(string, string, []string, []bool) ([]string, error) { return nil, nil }), false},
		"certificate": {ssh.PublicKeys(withCertificate), false},
	} {
		if _, err := login(t, r, try.auth); (err == nil) != try.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOnlyListeningIsAllowed(t *testing.T) {
	r := tunneltest.NewRelay(t, nil)
	c, err := login(t, r, ssh.PublicKeys(r.Config(t).Signer))
	if err != nil {
		t.Fatal(err)
	}
	direct := ssh.Marshal(struct {
		Host     string
		Port     uint32
		From     string
		FromPort uint32
	}{"169.254.169.254", 80, "127.0.0.1", 1})
	for _, kind := range []string{
		"session", "direct-tcpip", "direct-streamlocal@openssh.com", "x11", "forwarded-tcpip",
		"auth-agent@openssh.com", "tun@openssh.com", tunnel.ChannelType,
	} {
		if ch, _, err := c.OpenChannel(kind, direct); err == nil {
			t.Errorf("channel %s was opened", kind)
			_ = ch.Close()
		}
	}
	forward := ssh.Marshal(struct {
		Host string
		Port uint32
	}{"0.0.0.0", 8080})
	for _, kind := range []string{
		"tcpip-forward", "cancel-tcpip-forward", "streamlocal-forward@openssh.com",
		"no-more-sessions@openssh.com", "hostkeys-prove-00@openssh.com", "x",
	} {
		if ok, _, err := c.SendRequest(kind, true, forward); ok || err != nil {
			t.Errorf("request %s: %v, %v", kind, ok, err)
		}
	}
	if r.Public(8080) != "" {
		t.Error("a port was opened")
	}
}

func TestAgentIsCutAfterManyRejects(t *testing.T) {
	r := tunneltest.NewRelay(t, func(c *relay.Config) { c.Limits.Rejects = 20 })
	c, err := login(t, r, ssh.PublicKeys(r.Config(t).Signer))
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		var no *ssh.OpenChannelError
		if _, _, err := c.OpenChannel("session", nil); !errors.As(err, &no) {
			t.Fatal(err)
		}
	}
	rejected := 10
	for ; rejected < 100; rejected++ {
		if _, _, err := c.SendRequest("x", true, nil); err != nil {
			break
		}
	}
	if rejected > 21 || rejected < 18 {
		t.Errorf("cut after %d rejects", rejected)
	}
}

func TestListenRequestsThatMakeNoSense(t *testing.T) {
	r := tunneltest.NewRelay(t, nil)
	signer := r.Config(t).Signer
	good := tunnel.ListenRequest{Version: tunnel.Version, Instance: "i"}
	for name, q := range map[string]func() []byte{
		"empty":          func() []byte { return nil },
		"cut":            func() []byte { return ssh.Marshal(&good)[:9] },
		"length of 4 Gi": func() []byte { return append(ssh.Marshal(&good)[:12], 0xff, 0xff, 0xff, 0xff) },
		"version 2":      func() []byte { q := good; q.Version = 2; return ssh.Marshal(&q) },
		"no instance":    func() []byte { q := good; q.Instance = ""; return ssh.Marshal(&q) },
		"name":           func() []byte { q := good; q.Name, q.Claim = "shop", uint32(tunnel.ClaimThis); return ssh.Marshal(&q) },
		"unknown claim":  func() []byte { q := good; q.Claim = 77; return ssh.Marshal(&q) },
		"port 0":         func() []byte { q := good; q.Claim = uint32(tunnel.ClaimThis); return ssh.Marshal(&q) },
	} {
		c, err := login(t, r, ssh.PublicKeys(signer))
		if err != nil {
			t.Fatal(err)
		}
		ok, answer, err := c.SendRequest(tunnel.RequestListen, true, q())
		var reply tunnel.ListenReply
		if err != nil || !ok || ssh.Unmarshal(answer, &reply) != nil || reply.Status == 0 || reply.Text == "" {
			t.Errorf("%s: %v, %v, %+v", name, ok, err, reply)
		}
	}
}

func TestHandshakesAreLimited(t *testing.T) {
	r := tunneltest.NewRelay(t, func(c *relay.Config) {
		c.Limits.HandshakesPer, c.Limits.Handshake = 3, 300*time.Millisecond
	})
	began := time.Now()
	var silent []net.Conn
	for range 3 {
		c := dial(t, r.SSH)
		if _, err := c.Read(make([]byte, 4)); err != nil { // the banner: it is inside
			t.Fatal(err)
		}
		silent = append(silent, c)
	}
	if n, err := dial(t, r.SSH).Read(make([]byte, 1)); n > 0 || err == nil {
		t.Error("a fourth was let in")
	}
	for _, c := range silent {
		if _, err := io.Copy(io.Discard, c); err != nil && !isReset(err) {
			t.Error(err)
		}
	}
	if took := time.Since(began); took > patience/2 {
		t.Errorf("closed after %s", took)
	}
	tunneltest.Listen(t, r.Config(t))
}

func TestListenEndsWithItsContext(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0") // accepts, and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	r := tunneltest.NewRelay(t, nil)
	c := r.Config(t)
	c.Dial = tunneltest.Dial(ln.Addr().String())
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if _, err := tunnel.Listen(ctx, c); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Listen: %v", err)
	}
}
