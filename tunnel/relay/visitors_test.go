package relay_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"devhook/tunnel"
	"devhook/tunnel/relay"
	"devhook/tunnel/tunneltest"
)

func basic(pair string) string { return base64.StdEncoding.EncodeToString([]byte(pair)) }

// newGuarded is a relay that asks for a password, or for another during its replacement.
func newGuarded(t *testing.T, log io.Writer) (r *rig, reached chan string) {
	t.Helper()
	reached = make(chan string, 64)
	return newRigWith(t, func(c *relay.Config) {
		c.Visitors = []string{"ann:s3cret: word", "ann:next"}
		c.Log = slog.New(slog.NewTextHandler(log, nil))
	}, nil, func(c *tunnel.Conn) {
		b, _ := io.ReadAll(c)
		reached <- string(b)
		answer(c, 200, "app", true)
	}), reached
}

func TestVisitorsAreAskedForAPassword(t *testing.T) {
	var log noisy
	r, reached := newGuarded(t, &log)
	line, _, _ := strings.Cut(basic("ann:s3cret: word"), "=")
	for name, c := range map[string]struct {
		raw  string
		want string // status
	}{
		"right":                   {post("/", "x", "Authorization: Basic "+basic("ann:s3cret: word")), "200"},
		"the other one":           {post("/", "x", "Authorization: Basic "+basic("ann:next")), "200"},
		"scheme in other letters": {post("/", "x", "aUTHORIZATION:\tbASIC   "+basic("ann:next")+" "), "200"},
		"none":                    {post("/", "x"), "401"},
		"wrong password":          {post("/", "x", "Authorization: Basic "+basic("ann:s3cret: worD")), "401"},
		"its beginning":           {post("/", "x", "Authorization: Basic "+basic("ann:s3cret")), "401"},
		"wrong user":              {post("/", "x", "Authorization: Basic "+basic("bob:next")), "401"},
		"empty":                   {post("/", "x", "Authorization: Basic "+basic("")), "401"},
		"not base64":              {post("/", "x", "Authorization: Basic ann:next"), "401"},
		"padding left out":        {post("/", "x", "Authorization: Basic "+line), "401"},
		"bearer":                  {post("/", "x", "Authorization: Bearer "+basic("ann:next")), "401"},
		"no scheme":               {post("/", "x", "Authorization: "+basic("ann:next")), "401"},
		"for a proxy":             {post("/", "x", "Proxy-Authorization: Basic "+basic("ann:next")), "401"},
		"twice":                   {post("/", "x", "Authorization: Basic "+basic("ann:next"), "Authorization: Basic "+basic("ann:next")), "401"},
		"right behind wrong":      {post("/", "x", "Authorization: Basic "+basic("ann:no"), "authorization: Basic "+basic("ann:next")), "401"},
		"two in one line":         {post("/", "x", "Authorization: Basic "+basic("ann:next")+", Basic "+basic("ann:no")), "401"},
		"folded":                  {post("/", "x", "Authorization: Basic\r\n "+basic("ann:next")), "400"},
		"blank before the colon":  {post("/", "x", "Authorization : Basic "+basic("ann:next")), "400"},
		"bare LF":                 {"GET / HTTP/1.1\nHost: a\nAuthorization: Basic " + basic("ann:next") + "\n\n", "400"},
		"two lengths": {"POST / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic " + basic("ann:next") +
			"\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /in HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
		"not HTTP": {"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", "400"},
	} {
		t.Run(name, func(t *testing.T) {
			raw := strings.Replace(c.raw, "Host: relay.test\r\n", "Host: relay.test\r\nConnection: close\r\n", 1)
			got := r.ask(t, raw)
			if !strings.HasPrefix(got, "HTTP/1.1 "+c.want+" ") {
				t.Errorf("answer %q, want %s", got, c.want)
			}
			if asks := strings.Contains(got, "\r\nWWW-Authenticate: Basic realm=\"devhook\", charset=\"UTF-8\"\r\n"); asks != (c.want == "401") {
				t.Errorf("the answer to it: %q", got)
			}
			if c.want != "200" {
				return
			}
			if seen := <-reached; seen != raw {
				t.Errorf("the app got %q, sent was %q", seen, raw)
			}
		})
	}
	if len(reached) > 0 {
		t.Errorf("the app got %q", <-reached)
	}
	for _, secret := range []string{"s3cret", "next", basic("ann:next")} {
		if strings.Contains(log.text(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}

// Each request is judged by itself, on whatever connection it comes.
func TestVisitorsKeepingAConnection(t *testing.T) {
	r, reached := newGuarded(t, io.Discard)
	right := post("/1", "x", "Authorization: Basic "+basic("ann:next"))
	for name, second := range map[string]string{
		"second without": post("/2", "x"),
		"ahead":          post("/2", "x", "Authorization: Basic "+basic("ann:no")),
	} {
		t.Run(name, func(t *testing.T) {
			c := r.dial(t)
			answers := bufio.NewReader(c)
			if name == "ahead" {
				send(t, c, right+second)
			} else {
				send(t, c, right)
			}
			if status, _ := readAnswer(t, answers); status != 200 {
				t.Fatalf("the first: %d", status)
			}
			if name != "ahead" {
				send(t, c, second)
			}
			if status, _ := readAnswer(t, answers); status != 401 {
				t.Errorf("the second: %d", status)
			}
			if n, err := io.Copy(io.Discard, answers); n != 0 || err != nil {
				t.Errorf("behind it came %d bytes, %v", n, err)
			}
			if got := <-reached; got != right || len(reached) > 0 {
				t.Errorf("the app got %q and %d more", got, len(reached))
			}
		})
	}
}

// An agent's round trip needs no password, and nothing that only looks like one passes.
func TestVisitorsAndProbes(t *testing.T) {
	r, reached := newGuarded(t, io.Discard)
	probe := "/_devhook/probe/ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	get := func(target string, lines ...string) string {
		return strings.Join(append([]string{"GET " + target + " HTTP/1.1", "Host: relay.test", closing}, lines...), "\r\n") + "\r\n\r\n"
	}
	if got := r.ask(t, get(probe)); !strings.HasPrefix(got, "HTTP/1.1 200 ") {
		t.Errorf("the probe: %q", got)
	}
	if got := <-reached; got != get(probe) {
		t.Errorf("the agent got %q", got)
	}
	for _, raw := range []string{
		post(probe, "x", closing), get("/_devhook/probe/"), get("/_devhook/probe/../admin"), get(probe + "?a"), get(probe + "/.."),
		get("/_devhook/probe/%2e%2e/admin"), get("http://relay.test" + probe), get("/_devhook//probe/A"), get("/x" + probe),
		get("/_devhook/probe/" + strings.Repeat("A", 65)), strings.Replace(get(probe, "Upgrade: x"), "close", "upgrade, close", 1),
		strings.Replace(get(probe), "GET", "HEAD", 1), get(probe, "Transfer-Encoding: chunked") + "0\r\n\r\n",
	} {
		if got := r.ask(t, raw); !strings.HasPrefix(got, "HTTP/1.1 401 ") && !strings.HasPrefix(got, "HTTP/1.1 404 ") {
			t.Errorf("%q: %q", raw, got)
		}
	}
	time.Sleep(10 * time.Millisecond) // for what would come late
	if len(reached) > 0 {
		t.Errorf("the agent got %q", <-reached)
	}
}

// A stock client's port can't be guarded, so it is not given.
func TestVisitorsAndStockClients(t *testing.T) {
	r := stockRelay(t, func(c *relay.Config) { c.Visitors = []string{"ann:next"} })
	key := tunneltest.Key(t)
	r.Allow(key.PublicKey(), relay.Grant{})
	c := stock(t, r, key)
	defer c.Close()
	if forward(t, c, "tcpip-forward", "localhost", 8000) {
		t.Fatal("it was given a port")
	}
	s, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	told, err := s.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Shell(); err != nil {
		t.Fatal(err)
	}
	want := "refused: this relay asks callers for a password, which it can't do for ssh -R: use devhook up --relay\r\n"
	if line, err := bufio.NewReader(told).ReadString('\n'); line != want {
		t.Errorf("its user is told %q, %v", line, err)
	}
	if got, err := get(t, r, 8000); !strings.HasPrefix(got, "HTTP/1.1 401 ") {
		t.Errorf("a caller without a password: %q, %v", got, err)
	}
}

// A noisy is a log that is written by many.
type noisy struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (n *noisy) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.all.Write(p)
}

func (n *noisy) text() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.all.String()
}
