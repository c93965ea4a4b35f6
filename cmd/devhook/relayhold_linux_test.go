package main_test

import (
	"database/sql"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	_ "modernc.org/sqlite"
)

// A heldScene is a relay process that holds, and the files of an agent that comes and goes.
type heldScene struct {
	*holdRelay
	db, port, identity string
	env                []string
	more               []string // arguments of up
	app                *called
	every              time.Duration // between two webhooks
}

func newHeldScene(t *testing.T, n int, more ...string) *heldScene {
	t.Helper()
	private, public := newIdentity(t)
	key, err := os.ReadFile(public)
	if err != nil {
		t.Fatal(err)
	}
	s := &heldScene{
		holdRelay: newHoldRelay(t, n, string(key), "--hold", "30d"), db: filepath.Join(t.TempDir(), "state", "devhook.db"),
		identity: private, env: environ(t), more: more, app: &called{},
	}
	s.port = serveApp(t, s.app)
	if code := s.up().stop(); code != 0 { // it tells the relay what it wants
		t.Fatalf("up: exit %d", code)
	}
	return s
}

// up starts the agent.
func (s *heldScene) up() *up {
	s.t.Helper()
	return startUp(s.t, s.db, s.env, nil, append([]string{
		"--relay", "ssh://devhook@" + s.ip + ":2222", "--identity", s.identity, "--accept-new-host-key", "--port", "8080",
		"--local", s.port, "--inspect", "off", "--hold",
	}, s.more...)...)
}

// try sends one webhook, once, and says whether it was acknowledged.
func (s *heldScene) try(path string) bool {
	res, err := fresh.Post(s.public(8080)+path, "text/plain", strings.NewReader(strings.Repeat("x", 500)))
	if err != nil {
		return false
	}
	_, err = io.Copy(io.Discard, res.Body)
	_ = res.Body.Close()
	return err == nil && res.StatusCode == http.StatusOK
}

// send sends so many and kills the relay at these points, with the next one on its way.
func (s *heldScene) send(many int, kills ...int) (acknowledged []string) {
	s.t.Helper()
	for n := 0; len(acknowledged) < many; n++ {
		path := fmt.Sprint("/", n)
		killed := make(chan struct{})
		if len(kills) > 0 && len(acknowledged) == kills[0] {
			kills = kills[1:]
			go func() {
				defer close(killed)
				time.Sleep(time.Duration(rand.IntN(3000)) * time.Microsecond)
				s.kill()
				s.start()
			}()
		} else {
			close(killed)
		}
		if s.try(path) {
			acknowledged = append(acknowledged, path)
		}
		<-killed
		time.Sleep(s.every)
		if n > 2*many+10 {
			s.t.Fatalf("only %d of %d were acknowledged\n%s", len(acknowledged), n, s.stderr)
		}
	}
	return acknowledged
}

// TestHeldByTheRelay: webhooks that come once, while the agent is off and the relay is killed twice, reach the app once and in
// order. TESTS_HELD=500 sends as many, TESTS_AWAY=600 over as many seconds.
func TestHeldByTheRelay(t *testing.T) {
	many := setting(t, heldCount, 60)
	s := newHeldScene(t, 30)
	s.every = time.Duration(setting(t, awaySeconds, 0)) * time.Second / time.Duration(many)
	off := time.Now()
	want := s.send(many, many/3, 2*many/3)
	away := time.Since(off).Round(time.Second)
	u := s.up()
	told := func() bool {
		for {
			select {
			case e := <-u.events:
				if e["event"] == "held" {
					return int(e["count"].(float64)) >= many
				}
			default:
				return false
			}
		}
	}
	until(t, "the agent tells what the relay held", told)
	until(t, "the app has all", func() bool { return len(acknowledgedOnly(s.app.got(), want)) >= many })
	s.awaitMetric("held_webhooks", "0")
	if code := u.stop(); code != 0 {
		t.Errorf("exit %d\n%s", code, u.stderr)
	}
	got := s.app.got()
	if diff := acknowledgedOnly(got, want); !slices.Equal(diff, want) {
		t.Errorf("the app got %d: %v", len(got), got)
	}
	if len(got) > many+2 { // a kill may fall between the disk and the answer
		t.Errorf("the app got %d, of which the sender knows %d", len(got), many)
	}
	seen := map[string]bool{}
	for _, c := range captured(t, s.db) {
		path := c["target"].(string)
		last, _ := c["last_delivery"].(map[string]any)
		if seen[path] || c["state"] != "complete" || last == nil || last["status"] != 200.0 || c["deliveries_count"] != 1.0 {
			t.Errorf("%v: twice %v, %v, %v", path, seen[path], c["state"], last)
		}
		seen[path] = true
	}
	t.Logf("%d held by the relay in %s and through 2 kills, %d at the app, each once and in order", many, away, len(got))
}

// acknowledgedOnly leaves out what the sender has no answer to.
func acknowledgedOnly(got, want []string) []string {
	known := map[string]bool{}
	for _, path := range want {
		known[path] = true
	}
	return slices.DeleteFunc(slices.Clone(got), func(path string) bool { return !known[path] })
}

// TestKilledInTheHandover kills relay and agent in turn at random points while the relay hands over what it held. None is lost,
// none reaches the app twice; of each kill of the agent one at most may have an outcome that nobody knows.
// TESTS_DRAIN_KILLS=50 kills as often.
func TestKilledInTheHandover(t *testing.T) {
	kills := setting(t, drainKills, 4)
	s := newHeldScene(t, 31)
	many := 100 * kills
	s.send(many)
	var u *up
	inTime := [2]int{}
	for n := range kills {
		if u == nil {
			u = s.up()
		}
		before := s.metric("handed_over_total")
		until(t, "it goes on", func() bool { return s.metric("handed_over_total") != before || s.metric("held_webhooks") == "0" })
		time.Sleep(time.Duration(rand.IntN(40_000)) * time.Microsecond)
		if s.metric("held_webhooks") != "0" {
			inTime[n%2]++
		}
		if n%2 == 0 {
			s.kill()
			s.start()
		} else {
			u.kill()
			u = nil
		}
	}
	if u == nil {
		u = s.up()
	}
	until(t, "the relay has handed over all", func() bool { return s.metric("held_webhooks") == "0" })
	until(t, "nothing is held", func() bool { return len(captured(t, s.db, "--search", "is:held")) == 0 })
	if code := u.stop(); code != 0 {
		t.Errorf("exit %d\n%s", code, u.stderr)
	}
	if inTime[0] == 0 || inTime[1] == 0 {
		t.Errorf("of the relay's kills %d came in time to show something, of the agent's %d", inTime[0], inTime[1])
	}
	settleDrain(t, s.app.got(), captured(t, s.db), many, kills)
	settleUnknown(t, s.db, s.app, many)
	t.Logf("in the middle of the handing over: %d kills of the relay, %d of the agent", inTime[0], inTime[1])
}

// TestHeldWhileAsleep: a laptop falls asleep with its tunnel open. What is sent into that before the relay knows is held too;
// when the laptop wakes it finds it in its old connection and gets it over the new one, and its app gets it once.
func TestHeldWhileAsleep(t *testing.T) {
	s := newHeldScene(t, 35)
	u := s.up()
	if err := u.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	var sent sync.WaitGroup
	for n := range 5 {
		sent.Go(func() {
			if !s.try(fmt.Sprint("/asleep/", n)) {
				t.Errorf("number %d was not acknowledged", n)
			}
		})
	}
	sent.Wait()
	if !s.try("/known") {
		t.Error("what came when the relay knew was not acknowledged")
	}
	s.awaitMetric("held_webhooks", "6")
	if err := u.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	until(t, "the app has all", func() bool { return len(s.app.got()) >= 6 })
	s.awaitMetric("held_webhooks", "0")
	until(t, "nothing is held", func() bool { return len(captured(t, s.db, "--search", "is:held")) == 0 })
	u.stop()
	got := s.app.got()
	slices.Sort(got)
	if want := []string{"/asleep/0", "/asleep/1", "/asleep/2", "/asleep/3", "/asleep/4", "/known"}; !slices.Equal(got, want) {
		t.Errorf("the app got %v", got)
	}
	if all := captured(t, s.db); len(all) != 6 {
		t.Errorf("%d captures", len(all))
	}
}

// earlier lets the last that the relay holds have come so much earlier.
func (s *heldScene) earlier(by time.Duration) {
	s.t.Helper()
	s.kill()
	db, err := sql.Open("sqlite", filepath.Join(s.dir, "state", "held.db"))
	if err == nil {
		_, err = db.Exec("UPDATE spool SET received_at = received_at - ? WHERE seq = (SELECT max(seq) FROM spool)", by.Nanoseconds())
		err = errors.Join(err, db.Close())
	}
	if err != nil {
		s.t.Fatal(err)
	}
	s.start()
}

// TestForgedWhileAway: the relay knows no secrets. The agent judges what it held as of when it came, and keeps what is
// forged from the app where it is to.
func TestForgedWhileAway(t *testing.T) {
	for n, reject := range []bool{false, true} {
		t.Run(strconv.FormatBool(reject), func(t *testing.T) {
			secret := filepath.Join(t.TempDir(), "secret")
			if err := os.WriteFile(secret, []byte("whsec_right"), 0o600); err != nil {
				t.Fatal(err)
			}
			more := []string{"--verify", "stripe@/pay=file:" + secret}
			if reject {
				more = append(more, "--reject-invalid")
			}
			s := newHeldScene(t, 32+n, more...)
			wrong := secret + "-wrong"
			if err := os.WriteFile(wrong, []byte("whsec_wrong"), 0o600); err != nil {
				t.Fatal(err)
			}
			send := func(with string, more ...string) {
				if out, errs, code := devhook(t, s.env, append([]string{
					"send", "stripe.payment_intent.succeeded", "--to", s.public(8080) + "/pay", "--secret", "file:" + with,
				}, more...)...); code != 0 {
					t.Fatalf("send: exit %d: %s%s", code, out, errs)
				}
			}
			send(secret, "--bad", "stale")
			s.earlier(7 * 24 * time.Hour) // when it was fresh
			send(secret)
			send(wrong)
			s.awaitMetric("held_webhooks", "3")
			u := s.up()
			s.awaitMetric("held_webhooks", "0")
			until(t, "nothing is held", func() bool { return len(captured(t, s.db, "--search", "is:held")) == 0 })
			u.stop()
			all := captured(t, s.db)
			if len(all) != 3 || all[2]["verdict"] != "valid" || all[1]["verdict"] != "valid" || all[0]["verdict"] != "invalid" {
				t.Fatalf("recorded: %v", all)
			}
			if at, err := time.Parse(time.RFC3339, all[2]["received_at"].(string)); err != nil || time.Since(at) < 6*24*time.Hour {
				t.Errorf("the one of a week ago was received at %v", all[2]["received_at"])
			}
			wantState, wantCalls := "complete", 3
			if reject {
				wantState, wantCalls = "refused", 2
			}
			if got := s.app.got(); len(got) != wantCalls || all[0]["state"] != wantState || all[1]["state"] != "complete" {
				t.Errorf("the app got %v; forged is %v, genuine is %v", got, all[0]["state"], all[1]["state"])
			}
		})
	}
}

// TestDoctorTellsWhatTheRelayHolds: also where no devhook up runs, and without taking anything.
func TestDoctorTellsWhatTheRelayHolds(t *testing.T) {
	s := newHeldScene(t, 37)
	look := func() string {
		out, errs, _ := devhook(t, s.env, "doctor", s.port, "--relay", "ssh://devhook@"+s.ip+":2222", "--identity", s.identity,
			"--accept-new-host-key", "--port", "8080", "--inspect", "off", "--db", s.db)
		return out + errs
	}
	if said := look(); strings.Contains(said, "held there") || !strings.Contains(said, "ok    login ") {
		t.Errorf("with nothing held: %s", said)
	}
	s.send(3)
	for range 2 {
		said := look()
		if !strings.Contains(said, "note  held there   "+s.ip+":2222 holds 3 webhooks for port 8080, 5 KB, since 20") ||
			!strings.Contains(said, "hint: devhook up with --port 8080 takes them\n") {
			t.Errorf("with three held: %s", said)
		}
	}
	s.awaitMetric("held_webhooks", "3")
	if got := s.app.got(); len(got) != 0 {
		t.Errorf("the app got %v", got)
	}
}
