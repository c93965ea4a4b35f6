package inspector_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"devhook/inspector"
	"devhook/store"
	"devhook/store/storetest"
)

// BenchmarkExchange is the whole road of a webhook of 1 KiB on a connection of its own: over loopback, through a real
// store with its two commits, to an app that only answers.
func BenchmarkExchange(b *testing.B) {
	for _, callers := range []int{1, 16} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			addr := benchRig(b)
			body := "event=incoming_message&id=SM1a2b3c&secret=right-secret&content=" + strings.Repeat("x", 960)
			request := fmt.Sprintf("POST /hooks/sms HTTP/1.1\r\nHost: h\r\nUser-Agent: Telerivet\r\nAccept: */*\r\n"+
				"Content-Type: application/x-www-form-urlencoded\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
			b.ReportAllocs()
			work := make(chan struct{})
			failed := make(chan error, callers)
			for range callers {
				go func() {
					for range work {
						if err := benchCall(addr, request); err != nil {
							failed <- err
							return
						}
					}
					failed <- nil
				}()
			}
			b.ResetTimer()
			for b.Loop() {
				work <- struct{}{}
			}
			close(work)
			for range callers {
				if err := <-failed; err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func benchCall(addr, request string) error {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := io.WriteString(c, request); err != nil {
		return err
	}
	answer, err := io.ReadAll(c)
	if err == nil && status(string(answer)) != "200" {
		err = fmt.Errorf("answered %q", answer)
	}
	return err
}

// benchRig is an inspector and an app that reads a request's head and body and answers 200. It gives the address.
func benchRig(b *testing.B) string {
	b.Helper()
	app := listen(b, func(c net.Conn) {
		br := bufio.NewReader(c)
		for {
			if _, err := readRaw(br); err != nil {
				return
			}
			if _, err := io.WriteString(c, okAnswer); err != nil {
				return
			}
		}
	})
	db := storetest.OpenAt(b, filepath.Join(b.TempDir(), "d", "devhook.db"))
	if err := db.Register(b.Context(), store.Instance{ID: "bench"}); err != nil {
		b.Fatal(err)
	}
	a, err := inspector.NewApp(app.Addr().String(), inspector.AppOptions{})
	if err != nil {
		b.Fatal(err)
	}
	c := inspector.Config{Store: db, Instance: "bench", App: a}
	withTelerivet("right-secret")(&c)
	in := inspector.New(c)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	go func() { _ = in.Serve(ln) }()
	b.Cleanup(func() {
		_ = ln.Close()
		_ = in.Shutdown(context.Background())
	})
	return ln.Addr().String()
}

func listen(b *testing.B, serve func(net.Conn)) net.Listener {
	b.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				serve(c)
			}()
		}
	}()
	return ln
}
