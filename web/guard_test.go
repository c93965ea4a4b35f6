package web

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"testing"

	"devhook/store"
)

// concrete is a route's path with a capture's ID in it.
func concrete(rt route, id string) string {
	return strings.NewReplacer("{$}", "", "{id}", id, "{file}", "app.css").Replace(rt.path)
}

// TestEveryRouteTurnsStrangersAway is the matrix: every route against every way to come from somewhere else.
func TestEveryRouteTurnsStrangersAway(t *testing.T) {
	open, locked := newRoom(t), newRoom(t, func(c *Config) { c.Token = "t0ken" })
	for _, r := range []*room{open, locked} {
		c := r.add(500)
		for _, rt := range r.routes() {
			path := concrete(rt, c.ID)
			strangers := map[string]struct {
				header string
				status int
			}{
				"foreign host":         {"Host: evil.test", 421},
				"host with our prefix": {"Host: localhost.evil.test", 421},
				"all interfaces":       {"Host: 0.0.0.0:4040", 421},
				"other port":           {"Host: 127.0.0.1:9999", 421},
				"foreign origin":       {"Origin: http://evil.test", 403},
				"other port's origin":  {"Origin: http://127.0.0.1:3000", 403},
				"https of ours":        {"Origin: https://" + strings.TrimPrefix(r.url, "http://"), 403},
				"null origin":          {"Origin: null", 403},
				"extension":            {"Origin: chrome-extension://abc", 403},
				"cross-site":           {"Sec-Fetch-Site: cross-site", 403},
				"same-site":            {"Sec-Fetch-Site: same-site", 403},
			}
			if r == locked {
				strangers["no token"] = struct {
					header string
					status int
				}{"X-Nothing: 1", 401}
				strangers["wrong token"] = struct {
					header string
					status int
				}{"Authorization: Bearer t0ke", 401}
				strangers["cookie of another port"] = struct {
					header string
					status int
				}{"Cookie: devhook_4040=" + r.cookie(), 401}
			}
			for name, s := range strangers {
				a := r.call(rt.method, path, "", s.header)
				if a.StatusCode != s.status {
					t.Errorf("%s %s, %s: answered %d, want %d", rt.method, rt.path, name, a.StatusCode, s.status)
				}
				if strings.Contains(a.body, c.ID) || s.status == 421 && a.body != "" {
					t.Errorf("%s %s, %s: says too much: %q", rt.method, rt.path, name, a.body)
				}
			}
		}
		unchanged(t, r, c)
	}
}

// TestReadingNeverMutates asks every address that changes something with the methods that must not.
func TestReadingNeverMutates(t *testing.T) {
	r := newRoom(t)
	c := r.add(500)
	for _, rt := range r.routes() {
		if rt.method == http.MethodGet {
			continue
		}
		for _, method := range []string{"GET", "HEAD", "OPTIONS", "TRACE"} {
			a := r.call(method, concrete(rt, c.ID)+"?_method="+rt.method+"&nonce=n&pinned=1", "", "X-HTTP-Method-Override: "+rt.method)
			if a.StatusCode >= 500 {
				t.Errorf("%s %s: answered %d", method, rt.path, a.StatusCode)
			}
		}
	}
	unchanged(t, r, c)
}

func unchanged(t *testing.T, r *room, c *store.Capture) {
	t.Helper()
	now, err := r.db.Capture(t.Context(), c.ID)
	if err != nil || now.Pinned || now.DeliveriesCount != 1 || r.app.count() != 0 {
		t.Errorf("something was changed: %v, %+v, %d replays", err, now, r.app.count())
	}
}

func TestPagesElsewhereMayOnlyLinkHere(t *testing.T) {
	r := newRoom(t)
	c := r.add(200)
	link := []string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"}
	r.get("/requests/"+c.ID, link...).is(200)
	r.get("/api/requests", link...).is(403)
	r.get("/requests/"+c.ID, "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: iframe").is(403)
	r.call("POST", "/clear", "", append(link, "Content-Type: application/x-www-form-urlencoded")...).is(403)
}

func TestSafetyHeadersEverywhere(t *testing.T) {
	r := newRoom(t)
	r.add(200)
	for _, path := range []string{"/", "/api/requests", "/nothing", "/api/nothing", "/static/app.js"} {
		h := r.get(path).Header
		for name, want := range safety {
			if got := h.Get(name); got != want && !(name == "Cache-Control" && strings.HasPrefix(path, "/static/")) {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
		if h.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: other origins are let in", path)
		}
	}
}

func TestTwoHostsAreRefused(t *testing.T) {
	r := newRoom(t)
	conn, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: %s\r\nHost: evil.test\r\n\r\n", strings.TrimPrefix(r.url, "http://"))
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil || !strings.Contains(line, "400") {
		t.Errorf("answered %q, %v; want 400", line, err)
	}
}

func TestTokenIsExchangedForACookie(t *testing.T) {
	r := newRoom(t, func(c *Config) { c.Token = "t0ken" })
	c := r.add(200)
	r.get("/requests/" + c.ID).is(401).has("the address that devhook up printed").lacks(c.ID)
	r.get("/?token=wrong").is(401)
	a := r.get("/requests/" + c.ID + "?token=t0ken&tab=raw").is(303)
	if got := a.Header.Get("Location"); got != "/requests/"+c.ID+"?tab=raw" {
		t.Errorf("goes to %q: the token must be out of the address", got)
	}
	if got := r.get("//evil.test/?token=t0ken").Header.Get("Location"); strings.HasPrefix(got, "//") {
		t.Errorf("goes to %q, which is another host", got)
	}
	cookie := a.Cookies()[0]
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(r.url, "http://"))
	if cookie.Name != "devhook_"+port || !cookie.HttpOnly || cookie.SameSite != http.SameSiteStrictMode || cookie.Value == "t0ken" {
		t.Errorf("cookie %+v", cookie)
	}
	r.get("/", "Cookie: "+cookie.Name+"="+cookie.Value).is(200)
	r.get("/", "Cookie: "+cookie.Name+"=x").is(401)
	r.get("/api/requests", "Authorization: Bearer t0ken").is(200)
	r.call("POST", "/clear?token=t0ken", "", "Content-Type: application/x-www-form-urlencoded").is(401)
}

func TestAnotherUserIsTurnedAway(t *testing.T) {
	stranger := newRoom(t, func(c *Config) {
		c.PeerUID = func(net.Addr, net.Addr) (int, error) { return os.Getuid() + 1234, nil }
	})
	c := stranger.add(200)
	for _, path := range []string{"/", "/api/requests", "/static/app.css", "/api/requests/" + c.ID + "/body"} {
		if a := stranger.get(path).is(403); a.body != "" {
			t.Errorf("%s: says %q", path, a.body)
		}
	}
	unknown := newRoom(t, func(c *Config) { c.PeerUID = func(net.Addr, net.Addr) (int, error) { return 0, errNoOwner } })
	unknown.get("/").is(403)
	root := newRoom(t, func(c *Config) { c.PeerUID = func(net.Addr, net.Addr) (int, error) { return 0, nil } })
	root.get("/").is(200)
}

func TestOwnerOfAConnection(t *testing.T) {
	const head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
	table := head +
		"   0: 0100007F:0FC8 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 111 1 0 100 0 0 10 0\n" +
		"   1: 0100007F:0FC8 0100007F:C350 01 00000000:00000000 00:00000000 00000000  1000        0 222 1 0 20 4 30 10 -1\n" +
		"   2: 0100007F:C350 0100007F:0FC8 01 00000000:00000000 00:00000000 00000000  1001        0 333 1 0 20 4 30 10 -1\n" +
		"   3: 0200007F:C351 0100007F:0FC8 01 00000000:00000000 00:00000000 00000000  1002        0 444 1 0 20 4 30 10 -1\n" +
		"   4: 0100007F:C351 0100007F:0FC8 06 00000000:00000000 03:00001735 00000000     0        0 0 3 0\n" +
		"   5: 0000000000000000FFFF00000100007F:C352 0000000000000000FFFF00000100007F:0FC8 01 0:0 0:0 0  1003 0 555 1\n" +
		"   6: 00000000000000000000000001000000:C353 00000000000000000000000001000000:0FC8 01 0:0 0:0 0  1004 0 666 1\n" +
		"broken\n   7: zz:zz 0100007F:0FC8 01 0:0 0:0 0 0 0 777 1\n"
	for from, want := range map[string]int{"127.0.0.1:50000": 1001, "127.0.0.2:50001": 1002, "127.0.0.1:50002": 1003, "[::1]:50003": 1004} {
		to := "127.0.0.1:4040"
		if strings.HasPrefix(from, "[") {
			to = "[::1]:4040"
		}
		if uid, err := owner(table, netip.MustParseAddrPort(from), netip.MustParseAddrPort(to)); err != nil || uid != want {
			t.Errorf("%s belongs to %d, %v; want %d", from, uid, err, want)
		}
	}
	for _, from := range []string{"127.0.0.1:50001", "127.0.0.1:50009", "127.0.0.9:50000"} {
		if uid, err := owner(table, netip.MustParseAddrPort(from), netip.MustParseAddrPort("127.0.0.1:4040")); err == nil {
			t.Errorf("%s belongs to %d, but nobody holds such a socket", from, uid)
		}
	}
}
