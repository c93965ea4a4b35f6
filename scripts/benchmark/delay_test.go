package main

import (
	"bytes"
	"io"
	"net"
	"testing"
	"time"
)

// TestDelayer: what is sent arrives whole, in order, and no earlier than the delay allows; an end is passed on.
func TestDelayer(t *testing.T) {
	const delay = 20 * time.Millisecond
	echo, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer echo.Close()
	go func() {
		c, err := echo.Accept()
		if err != nil {
			return
		}
		_, _ = io.Copy(c, c)
		_ = c.Close()
	}()
	d, err := newDelayer(echo.Addr().String(), delay)
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	c, err := net.Dial("tcp", d.addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	start := time.Now()
	go func() {
		_, _ = c.Write(rest(8 * mib))
		_ = c.(*net.TCPConn).CloseWrite()
	}()
	got, err := io.ReadAll(c)
	if err != nil || !bytes.Equal(got, rest(8*mib)) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if took := time.Since(start); took < 2*delay {
		t.Errorf("there and back in %v", took)
	}
}

func TestRoundTrip(t *testing.T) {
	if ms, err := roundTrip(5 * time.Millisecond); err != nil || ms < 10 {
		t.Errorf("%v ms, %v", ms, err)
	}
}
