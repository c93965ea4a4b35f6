package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func testPeer(app *httptest.Server) *peer {
	addr := app.Listener.Addr().String()
	return &peer{name: direct, addr: addr, host: addr}
}

func TestDrive(t *testing.T) {
	app := httptest.NewServer(http.HandlerFunc(answer))
	defer app.Close()
	for _, c := range []cell{
		{callers: 4, size: kib},
		{callers: 4, size: kib, keep: true},
		{callers: 2, size: mib},
		{callers: 2, size: mib, keep: true},
	} {
		t.Run(c.String(), func(t *testing.T) {
			p := testPeer(app)
			r := drive(context.Background(), p, c, 50*time.Millisecond)
			if r.err != nil {
				t.Fatal(r.err)
			}
			if r.rate <= 0 || r.p50 <= 0 || r.p99 < r.p50 || r.count != int(p.good.Load()) || p.good.Load() != p.sent.Load() {
				t.Errorf("result %+v, %d sent, %d good", r, p.sent.Load(), p.good.Load())
			}
		})
	}
}

// TestDriveWrongAnswers: an answer that is not the request's own must end the run, whatever its status.
func TestDriveWrongAnswers(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"another's answer": func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, requestID(direct, 0)) },
		"an error":         func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) },
		"a cut answer": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, "direct")
		},
		"an altered body": func(w http.ResponseWriter, r *http.Request) {
			b, _ := io.ReadAll(r.Body)
			b[len(b)/2]++
			r.Body = io.NopCloser(strings.NewReader(string(b)))
			answer(w, r)
		},
		"a body cut short": func(w http.ResponseWriter, r *http.Request) {
			b, _ := io.ReadAll(r.Body)
			r.Body = io.NopCloser(strings.NewReader(string(b[:len(b)-1])))
			answer(w, r)
		},
		"an altered target": func(w http.ResponseWriter, r *http.Request) {
			r.URL.RawQuery += "&x=1"
			answer(w, r)
		},
	} {
		t.Run(name, func(t *testing.T) {
			app := httptest.NewServer(handler)
			defer app.Close()
			if r := drive(context.Background(), testPeer(app), cell{callers: 2, size: kib}, time.Minute); r.err == nil {
				t.Errorf("taken for right: %+v", r)
			}
		})
	}
}

// TestDriveRefused: who is asked to come again does so, under the same number, until there is an answer.
func TestDriveRefused(t *testing.T) {
	var calls atomic.Int64
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if calls.Add(1)%3 == 0 {
			w.Header().Set("Retry-After", "1")
			http.Error(w, "busy", http.StatusServiceUnavailable)
			return
		}
		answer(w, r)
	}))
	defer app.Close()
	p := testPeer(app)
	r := drive(context.Background(), p, cell{callers: 2, size: kib, keep: true}, 50*time.Millisecond)
	if r.err != nil {
		t.Fatal(r.err)
	}
	if r.refused == 0 || int64(r.refused+r.count) != calls.Load() || p.sent.Load() != p.good.Load() {
		t.Errorf("%d refused and %d answered of %d calls", r.refused, r.count, calls.Load())
	}
}

func TestRequest(t *testing.T) {
	for _, size := range []int{shortestBody, kib, mib} {
		p := &peer{name: "ssh", host: "127.0.0.1:80"}
		r := newRequest(p, size, false)
		for _, number := range []int64{7, 123456789, 8} {
			r.setNumber(number)
			q, err := http.ReadRequest(bufio.NewReader(strings.NewReader(string(r.first) + string(r.more))))
			if err != nil {
				t.Fatal(err)
			}
			id := fmt.Sprintf("ssh-%09d", number)
			right, err := compare(q.Body, bodyStart(id), size)
			if err != nil || !right || q.URL.RawQuery != query(id, size) || string(r.id) != id || int(q.ContentLength) != size {
				t.Errorf("request %d of %d bytes: right %v, %v, %s, %s", number, size, right, err, q.URL.RawQuery, r.id)
			}
		}
	}
}

func TestReadAnswer(t *testing.T) {
	for _, c := range []struct {
		text, body string
		status     int
		closing    bool
	}{
		{"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "ok", 200, false},
		{"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length:2\r\n\r\nok", "ok", 200, true},
		{"HTTP/1.0 404 Not Found\r\nContent-Length: 2\r\n\r\nno", "no", 404, true},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n", "ok", 200, false},
	} {
		a, body, err := readAnswer(bufio.NewReader(strings.NewReader(c.text)), make([]byte, 8))
		if err != nil || a.status != c.status || string(body) != c.body || a.closing != c.closing {
			t.Errorf("%q: %+v %q %v", c.text, a, body, err)
		}
	}
	for _, text := range []string{
		"", "HTTP/1.1 200 OK\r\n", "SSH-2.0-OpenSSH\r\n", "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nmore than 8",
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n123456789\r\n0\r\n\r\n",
	} {
		if _, body, err := readAnswer(bufio.NewReader(strings.NewReader(text)), make([]byte, 8)); err == nil {
			t.Errorf("%q was taken for %q", text, body)
		}
	}
}

func TestCompareStored(t *testing.T) {
	row := func(n int, rest string) string {
		return fmt.Sprintf(`{"target":"/hooks/bench?%s","body_size":1024,%s}`+"\n", query(requestID(recording, n), kib), rest)
	}
	const good = `"state":"complete","deliveries_count":1,"last_delivery":{"status":200}`
	for _, c := range []struct{ name, rows, fault string }{
		{"all there", row(2, good) + row(1, good), ""},
		{"one missing", row(2, good), "1 of 2 answered requests are not in the database"},
		{"one twice", row(1, good) + row(1, good), "stored twice"},
		{"one too many", row(1, good) + row(2, good) + row(3, good), "holds 3 requests, 2 were sent"},
		{"one not delivered", row(1, good) + row(2, `"state":"complete","deliveries_count":0,"last_delivery":null`), "is stored as"},
		{"one incomplete", row(1, good) + row(2, strings.Replace(good, "complete", "incomplete", 1)), "is stored as"},
		{"one of another length", row(1, good) + strings.Replace(row(2, good), `"body_size":1024`, `"body_size":1023`, 1), "is stored as"},
		{"not ours", `{"target":"/x"}` + "\n", "is not ours"},
		{"no JSON", "oops\n", "devhook requests"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := compareStored(strings.NewReader(c.rows), recording, 2)
			if (err == nil) != (c.fault == "") || err != nil && !strings.Contains(err.Error(), c.fault) {
				t.Errorf("error %v, want %q", err, c.fault)
			}
		})
	}
}

// testRounds are two rounds of a cell with two peers.
func testRounds(c cell) []round {
	mine := func(rate, p50, cpu float64) result {
		return result{rate: rate, p50: p50, p99: 9, cpu: ends{cpu / 2, cpu / 2}, after: .05, peak: ends{10, 20}}
	}
	return []round{
		{fsync: .5, results: map[key]result{{direct, c}: {rate: 100, p50: 1}, {recording, c}: mine(50, 2, .1), {openssh, c}: mine(100, 1, .2)}},
		{fsync: .5, results: map[key]result{{direct, c}: {rate: 200, p50: 1}, {recording, c}: mine(50, 4, .3), {openssh, c}: mine(40, 1, .2)}},
	}
}

func TestRows(t *testing.T) {
	c := fresh(16, kib)
	m := &measurement{rounds: testRounds(c)}
	want := []string{"50.0 (50.0–50.0)", "3.00 (2.00–4.00)", "9.0 (9.0–9.0)", "0.200 (0.100–0.300) = 0.100 + 0.100 (0.050)", "30 (30–30) = 10 + 20"}
	if diff := cmp.Diff(want, figures(m.of(recording, c))); diff != "" {
		t.Errorf("figures (-want +got):\n%s", diff)
	}
	want = []string{
		"0.38 (0.25–0.50)", "0.88 (0.50–1.25)", "3.00 (2.00–4.00)", "3.00 (2.00–4.00)", "–", "1.00 (1.00–1.00)", "1.00 (0.50–1.50)", "1.00 (1.00–1.00)",
	}
	if diff := cmp.Diff(want, ratios(m.rounds, recording, c)); diff != "" {
		t.Errorf("ratios (-want +got):\n%s", diff)
	}
	if got := median([]float64{4, 1, 3, 2}); got != 2.5 {
		t.Errorf("median of an even number = %v", got)
	}
}

func TestGates(t *testing.T) {
	m := &measurement{rounds: testRounds(fresh(16, kib))}
	verdicts := map[string]string{}
	for _, one := range m.judge() {
		verdicts[one.work] = one.verdict(median(one.v))
	}
	want := map[string]string{
		"recording, of ssh -R, 16 callers":                            "**miss**", // .875 of it
		"p99, of ssh -R's, 16 callers":                                "**miss**", // 1
		"CPU of both ends until the answers, of ssh -R's, 16 callers": "ok",       // 1
		"the same with the index of texts, filled afterwards":         "ok",       // 1
	}
	if diff := cmp.Diff(want, verdicts); diff != "" {
		t.Errorf("verdicts (-want +got):\n%s", diff)
	}
	if got := m.missedGates(); got != 2 {
		t.Errorf("%d missed, want 2", got)
	}
	one := &measurement{rounds: testRounds(fresh(1, kib))} // p50 2 and 4 less direct's 1 and an fsync of .5
	if got := one.missedGates(); got != 1 {
		t.Errorf("%d missed with one caller, want 1", got)
	}
}

func TestParse(t *testing.T) {
	s, err := parse([]string{"-short", "-peers", "ssh", "-callers", "2,8", "-kind", "keep,close", "-size", "1k,10m", "-peer", "mine=run $PORT"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"direct", "ssh", "mine"}, s.peers); diff != "" {
		t.Errorf("peers: %s", diff)
	}
	if len(s.cells) != 8 || s.cells[0] != (cell{keep: true, callers: 2, size: kib}) || s.custom["mine"] != "run $PORT" {
		t.Errorf("settings %+v", s)
	}
	if s, err = parse(nil); err != nil || len(s.cells) != len(plan()) || s.peers[0] != direct || len(s.peers) != len(usualPeers) {
		t.Errorf("without flags: %+v, %v", s, err)
	}
	for _, args := range [][]string{
		{"-callers", "0"},
		{"-rounds", "0"},
		{"extra"},
		{"-duration", "-1s"},
		{"-kind", "x"},
		{"-size", "1"},
		{"-size", "1g"},
		{"-delay", "2h"},
		{"-peer", "x"},
		{"-peer", "ssh=x"},
		{"-idle", "x"},
		{"-store", "0"},
	} {
		if _, err := parse(args); err == nil {
			t.Errorf("%q was taken", args)
		}
	}
}

// TestGatesHaveCells: a full run must measure all that the gates ask for, or a gate would be silent for ever.
func TestGatesHaveCells(t *testing.T) {
	r := round{results: map[key]result{}, roundTrip: map[cell]float64{}, fsync: 1}
	for _, c := range plan() {
		for _, name := range everyPeer {
			r.results[key{name, c}] = result{rate: 1, p50: 1, p99: 1, cpu: ends{1, 1}, peak: ends{1, 1}}
		}
		r.roundTrip[c] = 1
	}
	for _, g := range gates() {
		if _, ok := g.of(r); !ok {
			t.Errorf("nothing measures %q", g.work)
		}
	}
}

func TestAnnounced(t *testing.T) {
	const ready = `{"event":"ready","public_url":"http://127.0.0.1:8080"}` + "\n"
	if got, ok := announced(`{"event":"warning"}` + "\nnot JSON\n" + ready); !ok || got != ready {
		t.Errorf("announced = %q, %v", got, ok)
	}
	if _, ok := announced(`{"event":"tunnel"}`); ok {
		t.Error("ready without a ready event")
	}
}
