package main

import (
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"devhook/tunnel/relay"
)

func TestHealthFollowsTheRelaysLife(t *testing.T) {
	leaving := make(chan struct{})
	h, err := openHealth("127.0.0.1:0", leaving, func() relay.Stats { return relay.Stats{} }, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	get := func(path string) string {
		t.Helper()
		res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Get("http://" + h.at() + path)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.Status[:4] + string(text)
	}
	see := func(when, ready string) {
		t.Helper()
		if got := get("/readyz"); got != ready {
			t.Errorf("%s /readyz answers %q, want %q", when, got, ready)
		}
		if got := get("/healthz"); got != "200 ok\n" {
			t.Errorf("%s /healthz answers %q", when, got)
		}
	}
	see("while listeners open", "503 not ready\n")
	h.setReady(true)
	see("then", "200 ok\n")
	h.setReady(false)
	see("after a listener was lost", "503 not ready\n")
	h.setReady(true)
	close(leaving)
	see("from the signal on", "503 ending\n")
	if err := h.close(); err != nil {
		t.Error(err)
	}
	if _, err := http.Get("http://" + h.at() + "/healthz"); err == nil {
		t.Error("it answers after its end")
	}
}

// TestMetrics holds the translation of counts: each to its series, and a histogram's buckets one upon the other.
func TestMetrics(t *testing.T) {
	s := relay.Stats{
		Exchanges: 21, Busy: 2, Malformed: 3, BytesIn: 4, BytesOut: 5, ChannelsOpened: 6, ChannelsHeld: 7, Agents: 8, Clients: 9,
		Reserved: 10, Logins: 11, Handshakes: 12, Takeovers: 13, Senders: 14, SendersOpened: 15, SendersRefused: 16,
		Held: 20, HeldBytes: 21, HeldOldest: 22 * time.Second, HeldRefused: 23, HeldExpired: 24, HeldDropped: 25, HandedOver: 26,
	}
	s.Requests[relay.HeldBack], s.Requests[relay.HoldFull] = 27, 28
	s.Requests[relay.Lost], s.Refused[relay.RefusedLate], s.Dropped[relay.DroppedSilent] = 17, 18, 19
	s.Durations.Sum = 90 * time.Second
	s.Durations.Counts[0], s.Durations.Counts[1], s.Durations.Counts[len(relay.Bounds)] = 1, 2, 4
	reg, err := newRegistry(func() relay.Stats { return s })
	if err != nil {
		t.Fatal(err)
	}
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := strings.TrimPrefix(f.GetName(), "devhook_relay_")
			for _, l := range m.GetLabel() {
				name += " " + l.GetValue()
			}
			got[name] = m.GetCounter().GetValue() + m.GetGauge().GetValue()
			if h := m.GetHistogram(); h != nil {
				got[name] = float64(h.GetSampleCount())
				got["sum"] = h.GetSampleSum()
				got["first"], got["second"], got["longest"] = float64(h.Bucket[0].GetCumulativeCount()), float64(h.Bucket[1].GetCumulativeCount()), h.Bucket[len(h.Bucket)-1].GetUpperBound()
			}
		}
	}
	for name, want := range map[string]float64{
		"exchanges_total": 21, "exchanges_busy": 2, "malformed_total": 3, "received_bytes_total": 4, "sent_bytes_total": 5,
		"channels_opened_total": 6, "channels": 7, "tunnels devhook": 8, "tunnels ssh": 9, "reserved_addresses": 10, "logins_total": 11,
		"handshakes": 12, "takeovers_total": 13, "sender_connections": 14, "sender_connections_total": 15,
		"sender_connections_refused_total": 16, "requests_total lost": 17, "logins_refused_total late": 18, "tunnels_dropped_total silent": 19,
		"exchange_duration_seconds": 7, "sum": 90, "first": 1, "second": 3, "longest": 60, "requests_total answered": 0,
		"held_webhooks": 20, "held_bytes": 21, "held_oldest_seconds": 22, "held_refused_total": 23, "held_expired_total": 24,
		"held_dropped_total": 25, "handed_over_total": 26, "requests_total held": 27, "requests_total not_held": 28,
	} {
		if value, ok := got[name]; !ok || value != want {
			t.Errorf("%s is %v (%v), want %v", name, value, ok, want)
		}
	}
	if len(families) < 40 {
		t.Errorf("only %d families: where are Go's and the process's?", len(families))
	}
}
