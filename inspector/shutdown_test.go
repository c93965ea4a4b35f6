package inspector_test

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"devhook/inspector"
)

// TestShutdownDrains: what the app has is waited for and answered; then the connection ends, though it could be kept.
func TestShutdownDrains(t *testing.T) {
	r := newRig(t)
	called, let := make(chan struct{}), make(chan struct{})
	r.app.do(func(c net.Conn, _ string) bool {
		close(called)
		<-let
		_, err := io.WriteString(c, okAnswer)
		return err == nil
	})
	idle, c := r.dial(), r.dial()
	_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
	<-called
	down := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		down <- r.in.Shutdown(ctx)
	}()
	if _, err := io.ReadAll(idle); err != nil {
		t.Errorf("the idle connection: %v", err)
	}
	close(let)
	if b, err := io.ReadAll(c); string(b) != okAnswer || err != nil {
		t.Errorf("answered %q, %v", b, err)
	}
	if err := <-down; err != nil {
		t.Errorf("Shutdown: %v", err)
	}
	if _, err := r.in.Replay(t.Context(), r.only().ID, inspector.Edit{}); !errors.Is(err, inspector.ErrClosing) {
		t.Errorf("a replay afterwards: %v", err)
	}
}

// TestShutdownCuts: when the time is over, a sender sees a cut and not an end.
func TestShutdownCuts(t *testing.T) {
	r := newRig(t)
	let := make(chan struct{})
	r.app.do(func(c net.Conn, _ string) bool {
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\nso far")
		<-let
		return false
	})
	defer close(let)
	c := r.dial()
	_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
	want := "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nso far"
	if _, err := io.ReadFull(c, make([]byte, len(want))); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if err := r.in.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Shutdown: %v", err)
	}
	if b, err := io.ReadAll(c); err == nil {
		t.Errorf("the answer ended cleanly after %q", b)
	}
}
