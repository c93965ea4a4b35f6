//go:build unix

package main_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// ledger is what sender and app know of each request, by its path. Other tests run beside, and call a port that was theirs a
// moment ago: what doesn't begin with ours is not of this ledger.
type ledger struct {
	ours         string
	mu           sync.Mutex
	acknowledged map[string]bool
	delivered    map[string]int
}

func (l *ledger) ack(path string)  { l.mu.Lock(); l.acknowledged[path] = true; l.mu.Unlock() }
func (l *ledger) call(path string) { l.mu.Lock(); l.delivered[path]++; l.mu.Unlock() }

func newLedger() *ledger {
	return &ledger{ours: fmt.Sprintf("/%x/", rand.Uint64()), acknowledged: map[string]bool{}, delivered: map[string]int{}}
}

// TestKillUnderLoad kills `up` ten times while eight senders call it. What was acknowledged is in the database, the
// app got nothing twice, and what a kill cut short reads as such. KILLS=200 kills as often.
func TestKillUnderLoad(t *testing.T) {
	kills := counted("KILLS", 10)
	l := newLedger()
	app := serveApp(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l.call(r.URL.Path)
		_, _ = io.Copy(io.Discard, r.Body)
		time.Sleep(time.Duration(rand.IntN(4)) * time.Millisecond)
		_, _ = io.WriteString(w, "taken")
	}))
	db := filepath.Join(t.TempDir(), "state", "devhook.db")
	for round := range kills {
		u := startUp(t, db, nil, nil, "--local", app, "--inspect", "off")
		stop := make(chan struct{})
		var senders sync.WaitGroup
		for s := range 8 {
			senders.Go(func() { l.load(u.public, fmt.Sprintf("%s%d/%d", l.ours, round, s), stop) })
		}
		time.Sleep(time.Duration(300+rand.IntN(500)) * time.Millisecond)
		u.kill()
		close(stop)
		senders.Wait()
	}
	// The next start is what finds the outcomes that nobody knows.
	startUp(t, db, nil, nil, "--local", app, "--inspect", "off").stop()
	l.settle(t, captured(t, db, "--limit", "1000000"))
	t.Logf("%d kills", kills)
}

// load posts one request after another until stop, and notes the acknowledged ones.
func (l *ledger) load(public, prefix string, stop <-chan struct{}) {
	body := strings.Repeat("x", 1000)
	for n := 0; ; n++ {
		select {
		case <-stop:
			return
		default:
		}
		path := fmt.Sprintf("%s/%d", prefix, n)
		res, err := fresh.Post(public+path, "text/plain", strings.NewReader(body))
		if err != nil {
			return // killed
		}
		answer, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if err == nil && res.StatusCode == 200 && string(answer) == "taken" {
			l.ack(path)
		}
	}
}

// settle compares the ledger with the database.
func (l *ledger) settle(t *testing.T, all []map[string]any) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	rows := make(map[string]map[string]any)
	unknown := 0
	for _, c := range all {
		path := c["target"].(string)
		if !strings.HasPrefix(path, l.ours) {
			t.Logf("somebody else's: %s", path)
			continue
		}
		if rows[path] != nil {
			t.Errorf("%s is recorded twice", path)
		}
		rows[path] = c
		last, _ := c["last_delivery"].(map[string]any)
		switch {
		case c["state"] != "complete":
		case last == nil:
			t.Errorf("%s has no outcome, not even an unknown one", path)
		case last["error"] == "outcome unknown":
			unknown++
			if l.acknowledged[path] {
				t.Errorf("%s was acknowledged and reads outcome unknown", path)
			}
		}
	}
	for path := range l.acknowledged {
		if rows[path] == nil {
			t.Errorf("%s was acknowledged and is lost", path)
		}
	}
	for path, n := range l.delivered {
		if !strings.HasPrefix(path, l.ours) {
			continue
		}
		if n > 1 {
			t.Errorf("the app got %s %d times", path, n)
		}
		if rows[path] == nil {
			t.Errorf("the app got %s, which is not recorded", path)
		}
	}
	if len(l.acknowledged) < 100 {
		t.Errorf("only %d requests were acknowledged: this shows nothing", len(l.acknowledged))
	}
	t.Logf("%d acknowledged, %d at the app, %d recorded, %d outcomes unknown",
		len(l.acknowledged), len(l.delivered), len(rows), unknown)
}
