//go:build unix

package tunnel_test

import (
	"bufio"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"devhook/tunnel"
	"devhook/tunnel/tunneltest"
)

// A sealed is a public address behind a stock sshd, where TLS ends in the agent.
type sealed struct {
	*tunnel.Listener
	ca   *tunneltest.CA
	port int
	log  said
}

func newSealed(t *testing.T) *sealed {
	t.Helper()
	dir := t.TempDir()
	s := &sealed{ca: tunneltest.NewCA(t)}
	s.ca.WriteFiles(t, dir, "127.0.0.2")
	cert, err := tunnel.LoadCertificate(filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	_, c := startSSHD(t, "GatewayPorts yes")
	c.Certificate, c.Log, s.port = cert, slog.New(slog.NewTextHandler(&s.log, nil)), c.Ports[0]
	s.Listener = tunneltest.Listen(t, c)
	return s
}

// dial calls with TLS.
func (s *sealed) dial(t *testing.T) *tls.Conn {
	t.Helper()
	return tls.Client(call(t, s.port), &tls.Config{RootCAs: s.ca.Pool, ServerName: "127.0.0.2", NextProtos: []string{"h2", "http/1.1"}})
}

// meet has both ends of one connection.
func (s *sealed) meet(t *testing.T) (*tls.Conn, *tunnel.SecureStream) {
	t.Helper()
	sender := s.dial(t)
	if err := sender.Handshake(); err != nil {
		t.Fatal(err)
	}
	c, err := s.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return sender, c.(*tunnel.SecureStream)
}

func TestTLSEndsInTheAgent(t *testing.T) {
	s := newSealed(t)
	if want := "https://" + public(s.port); s.PublicURL() != want {
		t.Errorf("public URL %s, want %s", s.PublicURL(), want)
	}
	sender, got := s.meet(t)
	if p := sender.ConnectionState().NegotiatedProtocol; p != "http/1.1" {
		t.Errorf("they agreed on %q", p)
	}
	if got.Scheme() != "https" || got.RemoteAddr().String() != sender.LocalAddr().String() {
		t.Errorf("scheme %s, sender %s, told %s", got.Scheme(), sender.LocalAddr(), got.RemoteAddr())
	}
	_ = got.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
	if _, err := got.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("read: %v", err)
	}
	_ = got.SetReadDeadline(time.Time{})
	_, _ = io.WriteString(sender, "hello\n")
	if line, err := bufio.NewReader(got).ReadString('\n'); line != "hello\n" || err != nil {
		t.Fatalf("read behind a deadline that was taken away: %q, %v", line, err)
	}
	_, _ = io.WriteString(got, "and back")
	if err := got.CloseWrite(); err != nil {
		t.Error(err)
	}
	if text, err := io.ReadAll(sender); string(text) != "and back" || err != nil {
		t.Errorf("sender read %q, %v", text, err)
	}
	_, _ = io.WriteString(sender, "still here")
	if n, err := io.ReadFull(got, make([]byte, 10)); err != nil {
		t.Errorf("behind the half-close %d bytes came, %v", n, err)
	}
	_ = sender.Close()
	select {
	case <-got.Gone():
		if _, gone := got.GoneAt(); !gone {
			t.Error("gone at no time")
		}
	case <-time.After(20 * time.Second):
		t.Error("the connection never ended")
	}
}

// A cut answer must not look whole to a sender that reads until the end.
func TestTLSAbortIsNoEnd(t *testing.T) {
	s := newSealed(t)
	for _, cut := range []bool{true, false} {
		sender, got := s.meet(t)
		_, _ = io.WriteString(got, "half an answ")
		if cut {
			_ = got.SetLinger(0)
		}
		_ = got.Close()
		text, err := io.ReadAll(sender)
		if string(text) != "half an answ" || cut != errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("cut %v: sender read %q, %v", cut, text, err)
		}
	}
}

func TestTLSRefusesWhatIsOld(t *testing.T) {
	s := newSealed(t)
	for name, c := range map[string]*tls.Config{
		"TLS 1.1":     {MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10},
		"only HTTP/2": {NextProtos: []string{"h2"}},
		"no trust":    {NextProtos: []string{"http/1.1"}, ServerName: "shop.test"},
	} {
		if c.ServerName == "" {
			c.RootCAs, c.ServerName = s.ca.Pool, "127.0.0.2"
		}
		if err := tls.Client(call(t, s.port), c).Handshake(); err == nil {
			t.Errorf("%s was served", name)
		}
	}
	if s.log.count("a caller's TLS handshake failed") != 1 { // of several within ten seconds
		t.Errorf("the log: %s", s.log.text.String())
	}
	sender, _ := s.meet(t) // and the others are
	_ = sender.Close()
}

func TestCallerWithoutTLS(t *testing.T) {
	s := newSealed(t)
	silent := call(t, s.port)
	_ = silent.Close() // has not called
	bare := call(t, s.port)
	_, _ = io.WriteString(bare, "GET / HTTP/1.1\r\n")
	_ = bare.CloseWrite()
	c, err := s.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	got, ok := c.(*tunnel.BareStream)
	if !ok || got.Malformed() == "" {
		t.Fatalf("it is a %T", c)
	}
	if text, err := io.ReadAll(got); string(text) != "GET / HTTP/1.1\r\n" || err != nil {
		t.Errorf("read %q, %v", text, err)
	}
}
