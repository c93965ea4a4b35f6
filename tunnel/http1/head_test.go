package http1

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const oddHead = "\r\nPOST /hook?a=1;b=2 HTTP/1.1\r\n" +
	"host:a\r\n" +
	"X-Sig:\t one \t\r\n" +
	"x-SIG: two\r\n" +
	"Empty:\r\n" +
	"Connection: Keep-Alive ,, X-Sig\r\n" +
	"connection:\tUpgrade\r\n" +
	"Upgrade: websocket\r\n" +
	"X-Bytes: \xff:\xfe\r\n" +
	"\r\n"

func TestHeadKeepsEverything(t *testing.T) {
	q := mustRequest(t, oddHead+"body")
	if string(q.Raw) != oddHead {
		t.Errorf("Raw is %q", q.Raw)
	}
	want := []Field{
		{"host", "a"},
		{"X-Sig", "one"},
		{"x-SIG", "two"},
		{"Empty", ""},
		{"Connection", "Keep-Alive ,, X-Sig"},
		{"connection", "Upgrade"},
		{"Upgrade", "websocket"},
		{"X-Bytes", "\xff:\xfe"},
	}
	if diff := cmp.Diff(want, q.Fields); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
	if q.Method != "POST" || q.Target != "/hook?a=1;b=2" || q.Proto != "HTTP/1.1" || q.Minor != 1 {
		t.Errorf("start line: %q %q %q %d", q.Method, q.Target, q.Proto, q.Minor)
	}
}

func TestHeadLookups(t *testing.T) {
	q := mustRequest(t, oddHead)
	if got := q.Get("x-sig"); got != "one" {
		t.Errorf("Get: %q", got)
	}
	if diff := cmp.Diff([]string{"one", "two"}, q.Values("X-SIG")); diff != "" {
		t.Error(diff)
	}
	if q.Get("absent") != "" || q.Values("absent") != nil {
		t.Error("an absent header has a value")
	}
	for token, want := range map[string]bool{"upgrade": true, "keep-alive": true, "x-sig": true, "keep": false, "close": false, "": true} {
		if got := q.HasToken("CONNECTION", token); got != want {
			t.Errorf("HasToken %q: %t", token, got)
		}
	}
	if q.Upgrade() != "websocket" {
		t.Errorf("Upgrade: %q", q.Upgrade())
	}
}

func TestHeadLines(t *testing.T) {
	q := mustRequest(t, oddHead)
	var names []string
	var raw strings.Builder
	for f, line := range q.Lines() {
		names = append(names, f.Name)
		raw.Write(line)
	}
	if diff := cmp.Diff([]string{"host", "X-Sig", "x-SIG", "Empty", "Connection", "connection", "Upgrade", "X-Bytes"}, names); diff != "" {
		t.Error(diff)
	}
	if _, want, _ := strings.Cut(strings.TrimSuffix(oddHead, "\r\n"), "1.1\r\n"); raw.String() != want {
		t.Errorf("lines: %q", raw.String())
	}
	for range q.Lines() {
		break // an early stop must not go on yielding, which panics
	}
}

func TestKeepAlive(t *testing.T) {
	for _, c := range []struct {
		proto, connection string
		want              bool
	}{
		{"HTTP/1.1", "", true},
		{"HTTP/1.1", "x, Close", false},
		{"HTTP/1.1", "closed", true},
		{"HTTP/1.3", "", true},
		{"HTTP/1.0", "", false},
		{"HTTP/1.0", "Keep-Alive", true},
		{"HTTP/1.0", "keep-alive, close", false},
	} {
		q := mustRequest(t, "GET / "+c.proto+"\r\nHost: a\r\nConnection: "+c.connection+"\r\n\r\n")
		if got := KeepAlive(q.Minor, &q.Head); got != c.want {
			t.Errorf("%s, Connection: %s: %t", c.proto, c.connection, got)
		}
	}
}

func TestParseRequestHasNoLimits(t *testing.T) {
	head := "GET /" + strings.Repeat("x", 100<<10) + " HTTP/1.1\r\nHost: a\r\n" + strings.Repeat("X: y\r\n", 1000) + "\r\n"
	q, err := ParseRequest([]byte(head))
	if err != nil || len(q.Raw) != len(head) || len(q.Fields) != 1001 {
		t.Errorf("got %v, %d fields", err, len(q.Fields))
	}
	if q, err := ParseRequest([]byte(head[:200])); fault(err) != "cut" || string(q.Raw) != head[:200] {
		t.Errorf("a head cut short: %v", err)
	}
	if q, err := ParseRequest(nil); q != nil || fault(err) != "end" {
		t.Errorf("no head: %v, %v", q, err)
	}
}
