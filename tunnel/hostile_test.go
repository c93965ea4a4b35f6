package tunnel_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"devhook/tunnel"
	"devhook/tunnel/tunneltest"
)

// scripted is an agent's Config for a relay that lets anybody in and then does what serve says, for each connection.
func scripted(t *testing.T, serve func(c *ssh.ServerConn, requests <-chan *ssh.Request)) tunnel.Config {
	t.Helper()
	config := &ssh.ServerConfig{PublicKeyCallback: func(ssh.ConnMetadata, ssh.PublicKey) (*ssh.Permissions, error) {
		return nil, nil
	}}
	host := tunneltest.Key(t)
	config.AddHostKey(host)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	go func() {
		for {
			raw, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer raw.Close()
				c, channels, requests, err := ssh.NewServerConn(raw, config)
				if err != nil {
					return
				}
				go func() {
					for range channels {
					}
				}()
				serve(c, requests)
				ssh.DiscardRequests(requests)
			}()
		}
	}()
	return tunnel.Config{
		Signer: tunneltest.Key(t), HostKey: ssh.FixedHostKey(host.PublicKey()), Dial: tunneltest.Dial(ln.Addr().String()),
		Backoff: time.Millisecond, BackoffMax: 5 * time.Millisecond,
	}
}

// begin opens an exchange with a request of one byte.
func begin(t *testing.T, c ssh.Conn) ssh.Channel {
	ch, requests, err := c.OpenChannel(tunnel.ChannelType, nil)
	if err != nil {
		t.Errorf("open channel: %v", err)
		return nil
	}
	go ssh.DiscardRequests(requests)
	b := tunnel.AppendOpen(nil, &tunnel.Open{Sender: "192.0.2.1:1", ID: "x"})
	b = tunnel.AppendEnd(append(b, byte(tunnel.FrameData), 0, 0, 1, 'x'), 0)
	if _, err := ch.Write(b); err != nil {
		t.Errorf("open exchange: %v", err)
	}
	return ch
}

func given(port uint32) []byte {
	return ssh.Marshal(&tunnel.ListenReply{Port: port, Scheme: "http"})
}

func TestTakenOverBeforeListenReturns(t *testing.T) {
	c := scripted(t, func(c *ssh.ServerConn, requests <-chan *ssh.Request) {
		_ = (<-requests).Reply(true, given(8080))
		_, _, _ = c.SendRequest(tunnel.RequestTaken, true, nil)
	})
	for range 200 {
		l, err := tunnel.Listen(t.Context(), c)
		if err == nil {
			_ = l.PublicURL()
			_, err = l.Accept()
			_ = l.Close()
		}
		if !errors.Is(err, tunnel.ErrTakenOver) {
			t.Fatalf("error %v", err)
		}
	}
}

func TestAnExchangeBeforeTheAddressIsKnown(t *testing.T) {
	again := make(chan bool, 2)
	again <- false
	c := scripted(t, func(c *ssh.ServerConn, requests <-chan *ssh.Request) {
		q := <-requests
		if <-again {
			begin(t, c)
			time.Sleep(20 * time.Millisecond)
			_ = q.Reply(true, given(8080))
			return
		}
		again <- true
		_ = q.Reply(true, given(8080))
		_ = c.Close()
	})
	c.Addr = "relay.test:2222"
	l := tunneltest.Listen(t, c)
	got, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer got.Close()
	if host := got.(*tunnel.Conn).PublicHost(); host != "relay.test:8080" {
		t.Errorf("public host %q", host)
	}
}

func TestAnEndedListenerRefusesExchanges(t *testing.T) {
	ended := make(chan struct{})
	refused := make(chan error, 1)
	c := scripted(t, func(c *ssh.ServerConn, requests <-chan *ssh.Request) {
		_ = (<-requests).Reply(true, given(8080))
		begin(t, c)
		go ssh.DiscardRequests(requests)
		<-ended
		ch := begin(t, c)
		_, err := ch.Read(make([]byte, 100))
		refused <- err
	})
	l := tunneltest.Listen(t, c)
	first, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	_, _ = l.Accept()
	close(ended)
	select {
	case <-refused:
	case <-time.After(3 * time.Second):
		t.Error("the exchange waits for an Accept that will never come")
	}
	_ = first.Close()
}

func TestTheLastStateStays(t *testing.T) {
	dial := make(chan struct{})
	c := scripted(t, func(c *ssh.ServerConn, requests <-chan *ssh.Request) {
		_ = (<-requests).Reply(true, given(8080))
		_ = c.Close()
	})
	direct, first := c.Dial, true
	c.Dial = func(ctx context.Context) (net.Conn, error) {
		if !first {
			close(dial)
			<-ctx.Done()
			time.Sleep(10 * time.Millisecond)
			return nil, errors.New("no way")
		}
		first = false
		return direct(ctx)
	}
	l := tunneltest.Listen(t, c)
	<-dial
	_ = l.Close()
	time.Sleep(50 * time.Millisecond)
	if s := l.State(); !errors.Is(s.Err, net.ErrClosed) || !s.Next.IsZero() {
		t.Errorf("state %+v", s)
	}
}

// cutAfter is a connection that ends when so many bytes were read from it.
type cutAfter struct {
	net.Conn
	left int
}

func (c *cutAfter) Read(p []byte) (int, error) {
	if c.left <= 0 {
		_ = c.Close()
		return 0, net.ErrClosed
	}
	n, err := c.Conn.Read(p[:min(len(p), c.left)])
	c.left -= n
	return n, err
}

func TestACutInTheHandshakeIsNoRefusal(t *testing.T) {
	r := tunneltest.NewRelay(t, nil)
	c := r.Config(t)
	for left := 0; ; left += 16 {
		c.Dial = func(ctx context.Context) (net.Conn, error) {
			raw, err := tunneltest.Dial(r.SSH)(ctx)
			return &cutAfter{raw, left}, err
		}
		l, err := tunnel.Listen(t.Context(), c)
		if err == nil {
			_ = l.Close()
			return
		}
		if left > 1<<20 {
			t.Fatalf("a whole handshake, and still: %v", err)
		}
		for _, final := range []error{tunnel.ErrKeyRefused, tunnel.ErrHostKey, tunnel.ErrNotRelay, tunnel.ErrPortRefused} {
			if errors.Is(err, final) {
				t.Fatalf("cut after %d bytes: %v", left, err)
			}
		}
	}
}
