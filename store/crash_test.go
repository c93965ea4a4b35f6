package store_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"devhook/store"
	"devhook/store/storetest"
)

// ledgerChild records webhooks, replays and long bodies as fast as it can and
// writes a line to stdout after each acknowledgement, until it is killed.
func ledgerChild(path string) error {
	ctx := context.Background()
	db, err := store.Open(ctx, store.Options{Path: path})
	if err != nil {
		return err
	}
	if err := db.Register(ctx, store.Instance{PID: os.Getpid()}); err != nil {
		return err
	}
	failed := make(chan error)
	for worker := range 8 {
		work := ledgerWebhook
		if worker == 0 {
			work = ledgerArrival
		}
		go func() {
			for n := worker; ; n += 8 {
				if err := work(ctx, db, n); err != nil {
					failed <- err
				}
			}
		}()
	}
	return <-failed
}

func acknowledge(format string, args ...any) { fmt.Fprintf(os.Stdout, format+"\n", args...) }

// ledgerWebhook is a webhook and, for every third, a replay.
func ledgerWebhook(ctx context.Context, db *store.DB, n int) error {
	c := storetest.Capture(n)
	if err := db.Add(ctx, c, ledgerBody(n)); err != nil {
		return err
	}
	acknowledge("added %s %s", c.ID, c.BodySHA256)
	d := storetest.Delivery(c.ID)
	if err := db.AddDelivery(ctx, d, storetest.Answer(), true); err != nil {
		return err
	}
	acknowledge("delivered %s %s", c.ID, d.ID)
	if n%3 > 0 {
		return nil
	}
	r := &store.Delivery{CaptureID: c.ID, Target: "http://localhost:3000/again"}
	if err := db.StartReplay(ctx, r); err != nil {
		return err
	}
	acknowledge("started %s %s", c.ID, r.ID)
	r.Status = 200
	if err := db.AddDelivery(ctx, r, nil, true); err != nil {
		return err
	}
	acknowledge("delivered %s %s", c.ID, r.ID)
	return nil
}

// ledgerBody is long enough for chunks now and then.
func ledgerBody(n int) []byte {
	if n%20 == 0 {
		return random(300_000)
	}
	return storetest.Body(n)
}

func ledgerArrival(ctx context.Context, db *store.DB, n int) error {
	c := storetest.Capture(n)
	c.Delivering = false
	if err := db.BeginArrival(ctx, c); err != nil {
		return err
	}
	acknowledge("begun %s 0", c.ID)
	sent := sha256.New()
	for piece := 1; piece <= 6; piece++ {
		b := arrivalPiece(piece)
		sent.Write(b)
		if err := db.AppendBody(ctx, c.ID, b); err != nil {
			return err
		}
		acknowledge("begun %s %d", c.ID, piece)
	}
	c.BodySize, c.BodySHA256 = 6*50_000, hex.EncodeToString(sent.Sum(nil))
	if err := db.FinishArrival(ctx, c); err != nil {
		return err
	}
	acknowledge("added %s %s", c.ID, c.BodySHA256)
	return nil
}

func arrivalPiece(n int) []byte { return bytes.Repeat([]byte{byte('0' + n)}, 50_000) }

// ledger is what a child acknowledged before it was killed.
type ledger struct {
	added     map[string]string // capture → hash of its body
	delivered map[string]string // delivery → capture
	started   map[string]string // replay → capture
	begun     map[string]int    // arrival → pieces
}

// killedAtRandom runs a ledger child for a moment and kills it.
func killedAtRandom(t *testing.T, path string) ledger {
	t.Helper()
	l := ledger{map[string]string{}, map[string]string{}, map[string]string{}, map[string]int{}}
	c := child(t, "ledger", path)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	lines, killing := bufio.NewScanner(out), sync.Once{}
	for lines.Scan() {
		killing.Do(func() {
			time.AfterFunc(time.Duration(20+rand.IntN(250))*time.Millisecond, func() { c.Process.Kill() })
		})
		l.note(t, strings.Fields(lines.Text()))
	}
	if err := c.Wait(); err == nil || c.ProcessState.ExitCode() == 1 {
		t.Fatalf("the child ended by itself: %v", err)
	}
	return l
}

func (l ledger) note(t *testing.T, f []string) {
	if len(f) != 3 {
		return // the last line, cut short
	}
	switch f[0] {
	case "added":
		l.added[f[1]] = f[2]
	case "delivered":
		l.delivered[f[2]] = f[1]
	case "started":
		l.started[f[2]] = f[1]
	case "begun":
		l.begun[f[1]] = int(f[2][0] - '0')
	default:
		t.Fatalf("child says %q", f)
	}
}

// Whatever was acknowledged before kill -9 is there; whatever was not has an
// honest end. KILLS=200 kills as often.
func TestKilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	kills, adds, deliveries := counted("KILLS", 10), 0, 0
	unknown, incomplete := map[string]int{}, map[string]int{} // by database
	for n := range kills {
		if n%20 == 19 { // what is looked through after each kill grows
			path = filepath.Join(t.TempDir(), "x.db")
		}
		l := killedAtRandom(t, path)
		db := storetest.OpenAt(t, path)
		if err := db.Register(t.Context(), store.Instance{}); err != nil {
			t.Fatal(err)
		}
		l.check(t, db)
		adds, deliveries = adds+len(l.added), deliveries+len(l.delivered)
		unknown[path], incomplete[path] = ends(t, db)
		if err := db.Check(t.Context()); err != nil {
			t.Error(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		if left, err := filepath.Glob(path + "-*"); len(left) > 0 || err != nil {
			t.Errorf("files left beside the database: %q", left)
		}
	}
	t.Logf("%d kills, %d captures and %d deliveries acknowledged, %d outcomes unknown, %d captures incomplete",
		kills, adds, deliveries, inAll(unknown), inAll(incomplete))
	if adds == 0 || deliveries == 0 || inAll(unknown) == 0 {
		t.Error("the children were killed too early to prove anything")
	}
}

func inAll(counts map[string]int) int {
	all := 0
	for _, n := range counts {
		all += n
	}
	return all
}

func (l ledger) check(t *testing.T, db *store.DB) {
	t.Helper()
	for id, sum := range l.added {
		c := read(t, db, id)
		if got := sha256.Sum256(body(t, db, id)); c.State != store.Complete || hex.EncodeToString(got[:]) != sum || c.BodySHA256 != sum {
			t.Errorf("capture %s: %s, other body", id, c.State)
		}
	}
	for id, capture := range l.delivered {
		d, err := db.Delivery(t.Context(), id)
		if err != nil || d.CaptureID != capture || d.Status != 200 || d.Error != "" {
			t.Errorf("delivery %s: %v, %+v", id, err, d)
		}
	}
	for id, capture := range l.started {
		d, err := db.Delivery(t.Context(), id)
		if err != nil || d.CaptureID != capture || d.Kind != store.Replay || (d.Status == 200) == (d.Error == store.OutcomeUnknown) {
			t.Errorf("replay %s: %v, %+v", id, err, d)
		}
	}
	for id, pieces := range l.begun {
		l.checkArrival(t, db, id, pieces)
	}
}

func (l ledger) checkArrival(t *testing.T, db *store.DB, id string, pieces int) {
	t.Helper()
	c, got := read(t, db, id), body(t, db, id)
	var all []byte
	for n := 1; n <= 6; n++ {
		all = append(all, arrivalPiece(n)...)
	}
	sum := sha256.Sum256(got)
	if len(got) < pieces*50_000 || !bytes.HasPrefix(all, got) || c.BodySize != int64(len(got)) ||
		c.BodySHA256 != hex.EncodeToString(sum[:]) || (c.State == store.Complete) != (c.Verdict == store.Valid) {
		t.Errorf("arrival %s: %s, %d bytes of %d pieces, %q", id, c.State, len(got), pieces, c.Reason)
	}
	if l.added[id] == "" && c.State == store.Complete && len(got) != len(all) {
		t.Errorf("arrival %s: complete with %d bytes", id, len(got))
	}
}

// ends checks that nothing is left open, and each live delivery is there once.
func ends(t *testing.T, db *store.DB) (unknown, incomplete int) {
	t.Helper()
	all, err := db.List(t.Context(), store.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		if c.Delivering {
			t.Errorf("%s still promises a delivery", c.ID)
		}
		if c.State == store.Incomplete {
			incomplete++
		}
		ds, err := db.Deliveries(t.Context(), c.ID)
		if err != nil {
			t.Fatal(err)
		}
		live := 0
		for _, d := range ds {
			if d.Kind == store.Live {
				live++
			}
			if d.Error == store.OutcomeUnknown {
				unknown++
			}
		}
		if c.BodySize != 300_000 && c.State == store.Complete && live != 1 && !strings.HasPrefix(string(body(t, db, c.ID)), "1") {
			t.Errorf("%s: %d live deliveries", c.ID, live)
		}
	}
	return unknown, incomplete
}

// openChild makes one new database after another.
func openChild(path string) error {
	for n := 0; ; n++ {
		db, err := store.Open(context.Background(), store.Options{Path: fmt.Sprint(path, n)})
		if err != nil {
			return err
		}
		acknowledge("%d", n)
		if err := db.Close(); err != nil {
			return err
		}
	}
}

// However far a new database had come, it opens again.
func TestKilledWhileOpening(t *testing.T) {
	for range 15 {
		path := filepath.Join(t.TempDir(), "x.db")
		c := child(t, "open", path)
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		lines, opened := bufio.NewScanner(out), 0
		for ; lines.Scan(); opened++ {
			if opened == 0 {
				time.AfterFunc(time.Duration(rand.IntN(30_000))*time.Microsecond, func() { c.Process.Kill() })
			}
		}
		c.Wait() // says that it was killed
		for n := max(0, opened-1); n <= opened; n++ {
			if err := webhook(t, storetest.OpenAt(t, fmt.Sprint(path, n)), n); err != nil {
				t.Error(err)
			}
		}
	}
}
