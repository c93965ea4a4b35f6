//go:build unix

package main_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"devhook/tunnel"
)

var holdOK = &tunnel.Hold{
	HoldAnswer: tunnel.HoldAnswer{Status: 200},
	Routes:     []tunnel.HoldRoute{{Path: "/sms", HoldAnswer: tunnel.HoldAnswer{Status: 202, Type: "application/json", Body: `{"ok":true}`}}},
}

// TestRelayHolds: what comes while the agent is away survives kill -9 of the relay, and is handed over in order as it came.
func TestRelayHolds(t *testing.T) {
	key, line := holdKey(t)
	r := newHoldRelay(t, 20, line, "--hold", "1h")
	first := r.agentAt(key, 8080, holdOK, nil)
	if terms := first.l.Holds(); terms == nil || terms.Seconds != 3600 || terms.Bytes != 500_000_000 {
		t.Errorf("terms %+v", terms)
	}
	if status, text, _ := post(t, r.public(8080)+"/direct", "now"); status != 200 || text != "app\n" {
		t.Errorf("with its agent there: %d %q", status, text)
	}
	_ = first.l.Close()
	r.awaitMetric(`tunnels{client="devhook"}`, "0")
	before := time.Now()
	for n := range 10 {
		if n == 4 || n == 7 {
			r.kill()
			r.start()
		}
		if status, text, _ := post(t, fmt.Sprintf("%s/hook/%d", r.public(8080), n), fmt.Sprint("body ", n)); status != 200 || text != "" {
			t.Errorf("held: %d %q", status, text)
		}
	}
	status, text, head := post(t, r.public(8080)+"/sms/in?x", "")
	if status != 202 || text != `{"ok":true}` || head.Get("Content-Type") != "application/json" {
		t.Errorf("held for a route with its own answer: %d %q %v", status, text, head)
	}
	after := time.Now()
	for _, method := range []string{"GET", "HEAD", "OPTIONS"} {
		q, _ := http.NewRequest(method, r.public(8080)+"/page", nil)
		res, err := fresh.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != 503 || res.Header.Get("Retry-After") == "" {
			t.Errorf("%s: %s", method, res.Status)
		}
	}
	r.awaitMetric("held_webhooks", "11")
	second := r.agentAt(key, 8080, holdOK, nil)
	r.awaitMetric("held_webhooks", "0")
	r.awaitMetric("handed_over_total", "11")
	if status, text, _ := post(t, r.public(8080)+"/direct", "again"); status != 200 || text != "app\n" {
		t.Errorf("after it was handed over: %d %q", status, text)
	}
	got := second.all()
	if len(got) != 12 || got[11].target != "/direct" || !got[11].held.IsZero() || got[10].target != "/sms/in?x" {
		t.Fatalf("handed over: %+v", got)
	}
	seen := map[string]bool{}
	for n, one := range got[:10] {
		if one.target != fmt.Sprint("/hook/", n) || one.body != fmt.Sprint("body ", n) || one.held.Before(before) || one.held.After(after) ||
			!strings.HasPrefix(one.remote, "127.") || one.port != 8080 || one.host != r.ip+":8080" || one.id == "" || seen[one.id] {
			t.Errorf("handed over as number %d: %+v", n, one)
		}
		seen[one.id] = true
	}
	soon(t, "the agent is told how much comes", func() bool {
		second.mu.Lock()
		defer second.mu.Unlock()
		return len(second.news) == 1 && second.news[0].Count == 11 && !second.news[0].Since().Before(before.Truncate(time.Second))
	})
	info, err := os.Stat(filepath.Join(r.dir, "state", "held.db"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("held.db: %v %v", info, err)
	}
}

// TestRelayHoldsLong: a long body is kept and given back as it came, its chunks too.
func TestRelayHoldsLong(t *testing.T) {
	key, line := holdKey(t)
	r := newHoldRelay(t, 21, line, "--hold", "1h")
	_ = r.agentAt(key, 8080, holdOK, nil).l.Close()
	r.awaitMetric(`tunnels{client="devhook"}`, "0")
	body := strings.Repeat("0123456789abcdef", 3<<16)
	q, _ := http.NewRequest("POST", r.public(8080)+"/long", io.MultiReader(strings.NewReader(body))) // chunked
	res, err := fresh.Do(q)
	if err != nil || res.StatusCode != 200 {
		t.Fatalf("%v %v", res, err)
	}
	_ = res.Body.Close()
	r.kill()
	r.start()
	a := r.agentAt(key, 8080, holdOK, nil)
	r.awaitMetric("handed_over_total", "1")
	if got := a.all(); len(got) != 1 || got[0].body != body {
		t.Errorf("handed over %d, of the first %d bytes", len(got), len(got[0].body))
	}
}

// TestRelayHoldIsFull: what there is no room for is refused before it is read, and told of in numbers.
func TestRelayHoldIsFull(t *testing.T) {
	key, line := holdKey(t)
	r := newHoldRelay(t, 22, line, "--hold", "1h", "--hold-size", "20KB")
	_ = r.agentAt(key, 8080, holdOK, nil).l.Close()
	r.awaitMetric(`tunnels{client="devhook"}`, "0")
	c, err := net.Dial("tcp", r.ip+":8080")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintf(c, "POST /big HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n")
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil || res.StatusCode != 507 || res.Header.Get("Retry-After") == "" {
		t.Errorf("a body that has no room: %v %v", res, err)
	}
	kept := 0
	for {
		status, _, head := post(t, r.public(8080)+"/hook", strings.Repeat("x", 1000))
		if status == 507 && head.Get("Retry-After") != "" {
			break
		}
		if kept++; status != 200 || kept > 20 {
			t.Fatalf("number %d: %d", kept, status)
		}
	}
	if kept < 8 {
		t.Errorf("only %d have room", kept)
	}
	r.awaitMetric("held_refused_total", "2")
	r.awaitMetric("held_webhooks", fmt.Sprint(kept))
	r.logs("was not held")
	r.logs("limit of 20000 for one key")
	a := r.agentAt(key, 8080, holdOK, nil)
	r.awaitMetric("handed_over_total", fmt.Sprint(kept))
	r.awaitMetric("held_bytes", "0")
	if got := a.all(); len(got) != kept {
		t.Errorf("%d handed over, %d kept", len(got), kept)
	}
}

// TestRelayHoldsForItsOwnerOnly: when a key loses its address, what was held for it goes with it.
func TestRelayHoldsForItsOwnerOnly(t *testing.T) {
	mine, my := holdKey(t)
	other, others := holdKey(t)
	r := newHoldRelay(t, 23, my+others, "--hold", "1h")
	_ = r.agentAt(mine, 8080, holdOK, nil).l.Close()
	r.awaitMetric(`tunnels{client="devhook"}`, "0")
	post(t, r.public(8080)+"/mine", "secret")
	r.awaitMetric("held_webhooks", "1")
	r.kill()
	r.authorize(others)
	r.start()
	a := r.agentAt(other, 8080, holdOK, nil)
	post(t, r.public(8080)+"/theirs", "")
	_ = a.l.Close()
	r.awaitMetric(`tunnels{client="devhook"}`, "0")
	post(t, r.public(8080)+"/later", "")
	b := r.agentAt(other, 8080, holdOK, nil)
	r.awaitMetric("handed_over_total", "1")
	if got := append(a.all(), b.all()...); len(got) != 2 || got[0].target != "/theirs" || got[1].target != "/later" {
		t.Errorf("another key got %+v", got)
	}
	r.logs("belongs to another key now")
	r.awaitMetric("held_webhooks", "0")
}

// TestRelayHoldEnds: what is too old is forgotten, with a line that tells.
func TestRelayHoldEnds(t *testing.T) {
	key, line := holdKey(t)
	r := newHoldRelay(t, 24, line, "--hold", "1s")
	_ = r.agentAt(key, 8080, holdOK, nil).l.Close()
	r.awaitMetric(`tunnels{client="devhook"}`, "0")
	post(t, r.public(8080)+"/old", "")
	r.awaitMetric("held_expired_total", "1")
	r.awaitMetric("held_webhooks", "0")
	r.logs("held webhooks were forgotten: too old")
}

// TestRelayRescues: a webhook whose tunnel breaks before its answer is held, and handed over again by the same name.
func TestRelayRescues(t *testing.T) {
	key, line := holdKey(t)
	r := newHoldRelay(t, 25, line, "--hold", "1h")
	a := r.agentAt(key, 8080, holdOK, func(a *holdAgent) { a.mute = true })
	go func() {
		soon(t, "the agent has it", func() bool { return len(a.all()) == 1 })
		a.mu.Lock()
		a.mute = false
		a.mu.Unlock()
		a.cut()
	}()
	if status, text, _ := post(t, r.public(8080)+"/hook", "body"); status != 200 || text != "" {
		t.Errorf("answered %d %q", status, text)
	}
	r.awaitMetric("handed_over_total", "1")
	got := a.all()
	if len(got) != 2 || got[0].id != got[1].id || got[0].body != got[1].body || !got[0].held.IsZero() || got[1].held.IsZero() {
		t.Errorf("handed over: %+v", got)
	}
}

// TestRelayHandsOverUntilItIsTaken: what the agent could not record is handed over again, and what comes meanwhile waits
// behind it.
func TestRelayHandsOverUntilItIsTaken(t *testing.T) {
	key, line := holdKey(t)
	r := newHoldRelay(t, 26, line, "--hold", "1h")
	_ = r.agentAt(key, 8080, holdOK, nil).l.Close()
	r.awaitMetric(`tunnels{client="devhook"}`, "0")
	post(t, r.public(8080)+"/1", "")
	a := r.agentAt(key, 8080, holdOK, func(a *holdAgent) { a.takes = func(n int) bool { return n > 2 } })
	soon(t, "it is handed over", func() bool { return len(a.all()) > 0 })
	if status, text, _ := post(t, r.public(8080)+"/2", ""); status != 200 || text != "" {
		t.Errorf("behind it: %d %q", status, text)
	}
	r.awaitMetric("handed_over_total", "2")
	targets := ""
	for _, one := range a.all() {
		targets += one.target
	}
	if targets != "/1/1/1/2" {
		t.Errorf("handed over: %s", targets)
	}
}

// TestRelayHoldIsWithdrawn: an agent that asks for nothing gets what was held, and nothing is held from then on.
func TestRelayHoldIsWithdrawn(t *testing.T) {
	key, line := holdKey(t)
	r := newHoldRelay(t, 27, line, "--hold", "1h")
	_ = r.agentAt(key, 8080, holdOK, nil).l.Close()
	r.awaitMetric(`tunnels{client="devhook"}`, "0")
	post(t, r.public(8080)+"/held", "")
	plain := r.agentAt(key, 8080, nil, nil)
	r.awaitMetric("handed_over_total", "1")
	if got := plain.all(); len(got) != 1 || got[0].target != "/held" || plain.l.Holds() != nil {
		t.Errorf("handed over: %+v", got)
	}
	_ = plain.l.Close()
	r.awaitMetric(`tunnels{client="devhook"}`, "0")
	if status, _, _ := post(t, r.public(8080)+"/later", ""); status != 503 {
		t.Errorf("after an agent that asked for nothing: %d", status)
	}
	plain = r.agentAt(key, 8080, nil, nil)
	if err := plain.l.SetHold(holdOK); err != nil {
		t.Fatal(err)
	}
	soon(t, "the relay has agreed", func() bool { return plain.l.Holds() != nil })
	_ = plain.l.Close()
	r.awaitMetric(`tunnels{client="devhook"}`, "0")
	if status, _, _ := post(t, r.public(8080)+"/again", ""); status != 200 {
		t.Errorf("after it asked while it was up: %d", status)
	}
	r.kill()
	r.args = nil
	r.start()
	r.logs("webhooks that were held are not handed over")
	if status, _, _ := post(t, r.public(8080)+"/none", ""); status != 503 {
		t.Errorf("of a relay without --hold: %d", status)
	}
}
