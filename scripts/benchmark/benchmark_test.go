package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestMeasure(t *testing.T) {
	app := httptest.NewServer(http.HandlerFunc(answer))
	defer app.Close()
	p := &peer{name: "direct", addr: app.Listener.Addr().String()}
	r := measure(context.Background(), p, 4, 50*time.Millisecond)
	if r.err != nil {
		t.Fatal(r.err)
	}
	if r.rate <= 0 || r.p50 <= 0 || r.p99 < r.p50 || p.good.Load() != p.sent.Load() {
		t.Errorf("result %+v, %d sent, %d good", r, p.sent.Load(), p.good.Load())
	}
}

// TestMeasureWrongAnswers: an answer that is not the request's own must end the run, whatever its status.
func TestMeasureWrongAnswers(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"another's answer": func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "direct-0") },
		"an error":         func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) },
		"a cut answer": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, "direct")
		},
		"an altered body": func(w http.ResponseWriter, r *http.Request) {
			r.Body = io.NopCloser(strings.NewReader(`{"id":"x"}`))
			answer(w, r)
		},
	} {
		t.Run(name, func(t *testing.T) {
			app := httptest.NewServer(handler)
			defer app.Close()
			p := &peer{name: "direct", addr: app.Listener.Addr().String()}
			if r := measure(context.Background(), p, 2, time.Minute); r.err == nil {
				t.Errorf("taken for right: %+v", r)
			}
		})
	}
}

func TestNewRequest(t *testing.T) {
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(string(newRequest("127.0.0.1:80", "ssh-7")))))
	if err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(r.Body); err != nil || len(body) != bodySize {
		t.Errorf("body of %d bytes, %v", len(body), err)
	}
}

func TestCompareStored(t *testing.T) {
	row := func(n int, rest string) string {
		return fmt.Sprintf(`{"target":"/hooks/bench?id=devhook-%d","body_size":1024,%s}`+"\n", n, rest)
	}
	const good = `"state":"complete","deliveries_count":1,"last_delivery":{"status":200}`
	for _, c := range []struct{ name, rows, fault string }{
		{"all there", row(2, good) + row(1, good), ""},
		{"one missing", row(2, good), "1 of 2 answered requests are not in the database"},
		{"one twice", row(1, good) + row(1, good), "stored twice"},
		{"one too many", row(1, good) + row(2, good) + row(3, good), "holds 3 requests, 2 were sent"},
		{"one not delivered", row(1, good) + row(2, `"state":"complete","deliveries_count":0,"last_delivery":null`), "is stored as"},
		{"one incomplete", row(1, good) + row(2, strings.Replace(good, "complete", "incomplete", 1)), "is stored as"},
		{"no JSON", "oops\n", "devhook requests"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := compareStored(strings.NewReader(c.rows), 2)
			if (err == nil) != (c.fault == "") || err != nil && !strings.Contains(err.Error(), c.fault) {
				t.Errorf("error %v, want %q", err, c.fault)
			}
		})
	}
}

func TestCells(t *testing.T) {
	ms := func(n int) time.Duration { return time.Duration(n) * time.Millisecond }
	rounds := []round{
		{results: map[key]result{{"direct", 1}: {rate: 100}, {"devhook", 1}: {rate: 50, p50: ms(2), p99: ms(9)}}},
		{results: map[key]result{{"direct", 1}: {rate: 200}, {"devhook", 1}: {rate: 50, p50: ms(4), p99: ms(9)}}},
		{results: map[key]result{{"direct", 1}: {rate: 50}, {"devhook", 1}: {rate: 50, p50: ms(3), p99: ms(9)}}},
	}
	want := []string{"50 (50–50)", "0.50 (0.25–1.00)", "–", "3.00 (2.00–4.00)", "9.0 (9.0–9.0)"}
	if diff := cmp.Diff(want, cells(rounds, "devhook", 1)); diff != "" {
		t.Errorf("row (-want +got):\n%s", diff)
	}
	if got := median([]float64{4, 1, 3, 2}); got != 2.5 {
		t.Errorf("median of an even number = %v", got)
	}
}

func TestParse(t *testing.T) {
	s, err := parse([]string{"-short", "-peers", "ssh", "-callers", "2,8"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"direct", "ssh"}, s.peers); diff != "" {
		t.Errorf("peers: %s", diff)
	}
	if s.rounds != 3 || s.duration != 800*time.Millisecond || len(s.callers) != 2 {
		t.Errorf("settings %+v", s)
	}
	for _, args := range [][]string{{"-callers", "0"}, {"-rounds", "0"}, {"extra"}, {"-duration", "-1s"}} {
		if _, err := parse(args); err == nil {
			t.Errorf("%q was taken", args)
		}
	}
}

func TestAnnounced(t *testing.T) {
	out := `{"event":"warning"}` + "\nnot JSON\n" + `{"event":"ready","public_url":"http://127.0.0.1:8080"}` + "\n"
	if got, ok := announced(out); !ok || got != "http://127.0.0.1:8080" {
		t.Errorf("announced = %q, %v", got, ok)
	}
	if _, ok := announced(`{"event":"tunnel"}`); ok {
		t.Error("ready without a ready event")
	}
}
