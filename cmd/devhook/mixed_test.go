//go:build unix

package main_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// A mixedSender sends whole requests over one connection, and bad ones over connections of their own. It speaks in raw
// bytes: net/http's client may send a request again by itself.
type mixedSender struct {
	addr string
	conn net.Conn
	br   *bufio.Reader
	want map[string]string // the state of each request's record, by its target
	bad  int               // malformed ones
	cut  int               // cut-off ones
}

// malformed can be read in two ways or in none; each has its target. Where only the body is at fault, the last here, the record
// says incomplete: its head is good.
var malformed = []string{
	"POST %s HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc",
	"POST %s HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
	"POST %s HTTP/1.1\r\nHost: h\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
	"GET %s HTTP/1.1\r\nHost: h\r\nA: b\r\n c\r\n\r\n",
	"GET %s HTTP/1.1\r\nHost: h\r\nA: b\rc\r\n\r\n",
	"GET %s HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
	"POST %s HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
}

// send sends request n: of each hundred five are malformed and two cut off.
func (s *mixedSender) send(n int) error {
	target := fmt.Sprintf("/mixed/%d", n)
	switch n % 100 {
	case 3, 23, 43, 63, 83:
		kind := n / 100 % len(malformed)
		if s.bad++; kind == len(malformed)-1 {
			s.want[target] = "incomplete"
		} else {
			s.want[target] = "malformed"
		}
		return s.alone(fmt.Sprintf(malformed[kind], target), 0)
	case 13, 53:
		s.cut++
		s.want[target] = "incomplete"
		return s.alone("POST "+target+" HTTP/1.1\r\nHost: h\r\nContent-Length: 5000\r\n\r\n"+strings.Repeat("x", 1+n%4999), 1+n/100%3)
	}
	s.want[target] = "complete"
	body := strings.Repeat("b", n%3000)
	switch n % 4 {
	case 0:
		return s.whole("GET " + target + " HTTP/1.1\r\nHost: h\r\n\r\n")
	case 1:
		return s.whole(fmt.Sprintf("POST %s HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", target, len(body)+1, body+"c"))
	}
	return s.whole(fmt.Sprintf("POST %s HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%s", target, len(body), body))
}

// whole sends a request and takes its answer, which must be the app's.
func (s *mixedSender) whole(raw string) error {
	if s.conn == nil {
		c, err := net.Dial("tcp", s.addr)
		if err != nil {
			return err
		}
		s.conn, s.br = c, bufio.NewReader(c)
	}
	_ = s.conn.SetDeadline(time.Now().Add(time.Minute))
	if _, err := io.WriteString(s.conn, raw); err != nil {
		return err
	}
	res, err := http.ReadResponse(s.br, nil)
	if err != nil {
		return err
	}
	answer, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != 200 || string(answer) != "taken" {
		return fmt.Errorf("answered %s %q, %w", res.Status, answer, err)
	}
	if res.Close {
		_ = s.conn.Close()
		s.conn = nil
	}
	return nil
}

// alone sends bytes over a connection that ends in one of several ways: read to its end, closed for writing, closed, reset.
func (s *mixedSender) alone(raw string, way int) error {
	c, err := net.Dial("tcp", s.addr)
	if err != nil {
		return err
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(time.Minute))
	if _, err := io.WriteString(c, raw); err != nil {
		return err
	}
	switch way {
	case 2:
		return nil
	case 3:
		time.Sleep(20 * time.Millisecond) // a reset may overtake what was sent before it
		return c.(*net.TCPConn).SetLinger(0)
	}
	_ = c.(*net.TCPConn).CloseWrite()
	if answer, err := io.ReadAll(c); err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 4") {
		return fmt.Errorf("%q was answered %q, %w", raw[:min(len(raw), 80)], answer, err)
	}
	return nil
}

// TestOneRecordEach sends whole, malformed and cut-off requests by eight senders at once. Each has one record, that says
// what it was. MIXED=100000 sends as many.
func TestOneRecordEach(t *testing.T) {
	many := counted("MIXED", 800)
	app := serveApp(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, "taken")
	}))
	db := filepath.Join(t.TempDir(), "state", "devhook.db")
	u := startUp(t, db, nil, nil, "--local", app, "--inspect", "off")
	want, bad, cut := map[string]string{}, 0, 0
	var mu sync.Mutex
	var all sync.WaitGroup
	for first := range 8 {
		all.Go(func() {
			s := &mixedSender{addr: strings.TrimPrefix(u.public, "http://"), want: map[string]string{}}
			for n := first; n < many; n += 8 {
				if err := s.send(n); err != nil {
					t.Errorf("request %d: %v", n, err)
					break
				}
			}
			if s.conn != nil {
				_ = s.conn.Close()
			}
			mu.Lock()
			defer mu.Unlock()
			maps.Copy(want, s.want)
			bad, cut = bad+s.bad, cut+s.cut
		})
	}
	all.Wait()
	if code := u.stop(); code != 0 { // it lets what was cut off last be recorded
		t.Errorf("up ended with %d", code)
	}
	records, twice := compareRecords(t, db, want)
	t.Logf("%d requests (%d malformed, %d cut off), %d records, %d twice", len(want), bad, cut, records, twice)
}

// compareRecords holds each request against its record, and tells how many records there are.
func compareRecords(t *testing.T, db string, want map[string]string) (records, twice int) {
	t.Helper()
	out, errs, code := devhook(t, nil, "requests", "--json", "--limit", "1000000", "--db", db)
	if code != 0 {
		t.Fatalf("requests: exit %d: %s", code, errs)
	}
	seen, others := map[string]bool{}, 0
	for line := range strings.Lines(out) {
		var c struct{ Target, State string }
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatal(err)
		}
		records++
		if seen[c.Target] {
			twice++
		}
		if seen[c.Target] = true; want[c.Target] != c.State {
			if others++; others < 10 {
				t.Errorf("%q is recorded as %s, sent was %q", c.Target, c.State, want[c.Target])
			}
		}
	}
	for target := range want {
		if !seen[target] {
			t.Errorf("%s has no record", target)
		}
	}
	if records != len(want) || twice > 0 {
		t.Errorf("%d records of %d requests, %d twice", records, len(want), twice)
	}
	return records, twice
}
