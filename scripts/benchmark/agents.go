package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"devhook/tunnel"
)

// loginsAtOnce is how many agents of one address a relay lets log in at the same time, halved.
const loginsAtOnce = 4

// A crowd is many agents of one relay, each with a key and a name of its own.
type crowd struct {
	relay, fingerprint, keys string // where it is, its host key, the folder of the agents' keys
	count                    int
}

// serveAgents brings up the agents, a process of their own, tells when all are there, and keeps them until its standard input ends.
func serveAgents(ctx context.Context, w io.Writer, args []string) error {
	if len(args) != 4 {
		return errors.New("agents: want address, fingerprint, folder and number")
	}
	count, err := strconv.Atoi(args[3])
	if err != nil {
		return err
	}
	all := crowd{relay: args[0], fingerprint: args[1], keys: args[2], count: count}
	if err := all.logIn(ctx); err != nil {
		return err
	}
	fmt.Fprintln(w, "all there")
	ended := make(chan error, 1)
	go func() {
		_, err := io.Copy(io.Discard, os.Stdin)
		ended <- err
	}()
	select {
	case <-ctx.Done():
		return nil
	case err := <-ended:
		return err
	}
}

func (c *crowd) logIn(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	next := make(chan int)
	var work sync.WaitGroup
	for range loginsAtOnce {
		work.Go(func() {
			for n := range next {
				if err := c.start(ctx, n); err != nil {
					cancel(fmt.Errorf("agent %d: %w", n, err))
				}
			}
		})
	}
	for n := 0; n < c.count && ctx.Err() == nil; n++ {
		next <- n
	}
	close(next)
	work.Wait()
	return context.Cause(ctx)
}

// start logs one agent in and serves its tunnel.
func (c *crowd) start(ctx context.Context, n int) error {
	text, err := os.ReadFile(filepath.Join(c.keys, tunnelName(n)))
	if err != nil {
		return err
	}
	key, err := ssh.ParsePrivateKey(text)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	l, err := tunnel.Listen(ctx, tunnel.Config{
		Signer: key, HostKey: c.checkHost, Addr: c.relay, Name: tunnelName(n),
		Dial: func(ctx context.Context) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "tcp", c.relay)
		},
		Addresses: func() ([]net.Addr, error) { return nil, nil }, // thousands in one process need not look each
	})
	if err != nil {
		return err
	}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go nameItself(conn, tunnelName(n))
		}
	}()
	return nil
}

func (c *crowd) checkHost(_ string, _ net.Addr, key ssh.PublicKey) error {
	if got := ssh.FingerprintSHA256(key); got != c.fingerprint {
		return fmt.Errorf("host key %s", got)
	}
	return nil
}

func tunnelName(n int) string { return "tunnel-" + strconv.Itoa(n) }

// nameItself answers one request with the tunnel's name.
func nameItself(c net.Conn, name string) {
	defer c.Close()
	q, err := http.ReadRequest(bufio.NewReaderSize(c, 4*kib))
	if err != nil {
		return
	}
	if _, err := io.Copy(io.Discard, q.Body); err != nil {
		return
	}
	fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", len(name), name)
	if one, ok := c.(*tunnel.Conn); ok {
		_ = one.Finish(false)
	}
}
