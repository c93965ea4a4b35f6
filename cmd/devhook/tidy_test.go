package main

import (
	"bytes"
	"testing"
	"time"

	"devhook/cmd/devhook/config"
	"devhook/store"
	"devhook/store/storetest"
)

// TestTidying holds that what grows old while devhook runs is forgotten at the next tick.
func TestTidying(t *testing.T) {
	db := storetest.Open(t)
	var out bytes.Buffer
	s := &agent{c: &cli{term: newTerm(&out, &out, nil)}, cfg: &config.Config{Keep: time.Hour}, db: db}
	ticks := make(chan time.Time)
	stop := s.tidying(t.Context(), ticks)
	ticks <- time.Now() // the first look is over
	old := storetest.Capture(1)
	old.ReceivedAt, old.Delivering, old.State = time.Now().Add(-2*time.Hour), false, store.Refused
	if err := db.Add(t.Context(), old, nil); err != nil {
		t.Fatal(err)
	}
	ticks <- time.Now()
	ticks <- time.Now() // the look before is over
	stop()
	if n, err := db.Count(t.Context(), store.Filter{}); n != 0 || err != nil {
		t.Errorf("%d are left, %v", n, err)
	}
	if want := "note: forgot 1 request older than 1h (--keep)\n"; out.String() != want {
		t.Errorf("told %q", out.String())
	}
}

func TestSizeText(t *testing.T) {
	for want, n := range map[string]int64{"2GB": 2e9, "1500MB": 15e8, "1KB": 1000, "3GiB": 3 << 30, "1KiB": 1024, "1001B": 1001} {
		if got := sizeText(n); got != want {
			t.Errorf("sizeText(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestAgeText(t *testing.T) {
	for want, d := range map[string]time.Duration{
		"30d": 720 * time.Hour, "36h": 36 * time.Hour, "1h30m": 90 * time.Minute, "5m": 5 * time.Minute, "10s": 10 * time.Second, "1h0m5s": time.Hour + 5*time.Second,
	} {
		if got := ageText(d); got != want {
			t.Errorf("ageText(%v) = %q, want %q", d, got, want)
		}
	}
}
