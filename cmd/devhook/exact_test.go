//go:build unix

package main_test

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httputil"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A randomRequest is one that nobody would write and the rules of HTTP/1.1 allow.
type randomRequest struct {
	head string // without the empty line
	wire []byte // all of it
	body []byte // without chunks
}

const (
	tokenBytes  = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~"
	targetBytes = "ABCxyz019-._~!$&'()*+,;=:@/?%"
)

func pick(rnd *rand.Rand, from string, least, most int) string {
	b := make([]byte, least+rnd.IntN(most-least+1))
	for n := range b {
		b[n] = from[rnd.IntN(len(from))]
	}
	return string(b)
}

// anyCase writes a name in capitals and small letters as they come.
func anyCase(rnd *rand.Rand, name string) string {
	b := []byte(name)
	for n, c := range b {
		if c >= 'a' && c <= 'z' && rnd.IntN(2) == 0 {
			b[n] = c - 32
		}
	}
	return string(b)
}

// randomValue has bytes up to 255, spaces and tabs, also around it.
func randomValue(rnd *rand.Rand) string {
	b := make([]byte, rnd.IntN(60))
	for n := range b {
		switch rnd.IntN(10) {
		case 0:
			b[n] = " \t"[rnd.IntN(2)]
		case 1:
			b[n] = byte(128 + rnd.IntN(128))
		default:
			b[n] = byte('!' + rnd.IntN('~'-'!'+1))
		}
	}
	return pick(rnd, " \t", 0, 3) + string(b) + pick(rnd, " \t", 0, 2)
}

func newRandomRequest(rnd *rand.Rand) randomRequest {
	var q randomRequest
	lines := []string{anyCase(rnd, "host") + ": h"}
	for range rnd.IntN(30) {
		name := "z" + pick(rnd, tokenBytes, 1, 20) // no name that means something
		for range 1 + rnd.IntN(2) {
			lines = append(lines, anyCase(rnd, name)+":"+randomValue(rnd))
		}
	}
	q.body = make([]byte, []int{0, 1, 100, 5000, 300_000}[rnd.IntN(5)]*rnd.IntN(100)/100)
	for n := range q.body {
		q.body[n] = byte(rnd.Uint32())
	}
	framed := q.body
	switch rnd.IntN(3) {
	case 0:
		lines = append(lines, anyCase(rnd, "content-length")+": "+strconv.Itoa(len(q.body)))
	case 1:
		lines = append(lines, anyCase(rnd, "transfer-encoding")+": chunked")
		framed = inChunks(rnd, q.body)
	default:
		q.body, framed = nil, nil
	}
	rnd.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
	method := []string{"GET", "POST", "PUT", "PATCH", "DELETE", "PROPFIND"}[rnd.IntN(6)]
	q.head = method + " /e/" + pick(rnd, targetBytes, 0, 200) + " HTTP/1.1\r\n" + strings.Join(lines, "\r\n") + "\r\n"
	q.wire = append([]byte(q.head+"\r\n"), framed...)
	return q
}

func inChunks(rnd *rand.Rand, body []byte) []byte {
	var b bytes.Buffer
	for len(body) > 0 {
		n := 1 + rnd.IntN(len(body))
		fmt.Fprintf(&b, []string{"%x\r\n%s\r\n", "%X\r\n%s\r\n", "00%x\r\n%s\r\n"}[rnd.IntN(3)], n, body[:n])
		body = body[n:]
	}
	b.WriteString("0\r\n\r\n")
	return b.Bytes()
}

// An arrival is what an app reads off the wire: the head as it is, the body without chunks.
type arrival struct {
	head string
	body []byte
	err  error
}

// startExactApp hands on what arrives, and answers it.
func startExactApp(t *testing.T) (<-chan arrival, string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	got := make(chan arrival, 1)
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				for br := bufio.NewReader(c); ; {
					a := readArrival(br)
					if a.head == "" {
						return
					}
					got <- a
					_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
				}
			}()
		}
	}()
	_, port, _ := net.SplitHostPort(ln.Addr().String())
	return got, port
}

func readArrival(br *bufio.Reader) (a arrival) {
	length, chunked := 0, false
	for {
		line, err := br.ReadString('\n')
		if err != nil {
			return arrival{err: err}
		}
		a.head += line
		if line == "\r\n" {
			break
		}
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		switch strings.ToLower(name) {
		case "content-length":
			length, a.err = strconv.Atoi(strings.TrimSpace(value))
		case "transfer-encoding":
			chunked = true
		}
	}
	if !chunked {
		a.body = make([]byte, length)
		_, err := io.ReadFull(br, a.body)
		a.err = errors.Join(a.err, err)
		return a
	}
	body, err := io.ReadAll(httputil.NewChunkedReader(br))
	end, endErr := br.ReadString('\n') // the empty trailer
	a.body, a.err = body, errors.Join(err, endErr)
	if end != "\r\n" {
		a.err = fmt.Errorf("after the last chunk came %q", end)
	}
	return a
}

// TestRandomRequestsArriveAsSent compares random requests byte by byte: as they were sent, as they are in the database, and
// as the app got them. EXACT=500 compares as many.
func TestRandomRequestsArriveAsSent(t *testing.T) {
	many, seed := counted("EXACT", 40), rand.Uint64()
	rnd := rand.New(rand.NewPCG(seed, 1))
	got, port := startExactApp(t)
	u := startUp(t, filepath.Join(t.TempDir(), "devhook.db"), nil, nil, "--local", port, "--inspect", "127.0.0.1:0")
	total := 0
	for n := range many {
		q := newRandomRequest(rnd)
		answer, err := exchange(strings.TrimPrefix(u.public, "http://"), q.wire)
		if err != nil || answer != "200" {
			t.Fatalf("seed %d, request %d: answered %s, %v\n%.2000q", seed, n, answer, err, q.wire)
		}
		a := <-got
		_, id, _ := strings.Cut(a.head, "\r\nX-Devhook-Id: ")
		id = strings.TrimSpace(id)
		added := "X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Host: h\r\nX-Forwarded-Proto: http\r\nX-Devhook-Id: " + id + "\r\n\r\n"
		if a.head != q.head+added || !bytes.Equal(a.body, q.body) || a.err != nil {
			t.Errorf("seed %d, request %d: sent head %q, %d bytes of body, the app got %q, %d bytes, %v", seed, n, q.head, len(q.body), a.head, len(a.body), a.err)
		}
		u.compareStored(id, q)
		if t.Failed() {
			t.FailNow()
		}
		total += len(q.wire)
	}
	t.Logf("%d random requests, %d bytes, the same at sender, database and app (seed %d)", many, total, seed)
}

// exchange sends bytes over a connection of their own and gives the answer's status.
func exchange(addr string, wire []byte) (string, error) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return "", err
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(time.Minute))
	if _, err := c.Write(wire); err != nil {
		return "", err
	}
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return "", err
	}
	_, err = io.Copy(io.Discard, res.Body)
	return strconv.Itoa(res.StatusCode), err
}

// compareStored looks at what the inspector gives as the very bytes, and at the digest that is kept.
func (u *up) compareStored(id string, q randomRequest) {
	u.t.Helper()
	get := func(path string) []byte {
		res, err := fresh.Get(u.page + "/api/requests/" + id + path)
		if err != nil {
			u.t.Fatal(err)
		}
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != 200 {
			u.t.Fatalf("%s of %s: %s, %v", path, id, res.Status, err)
		}
		return b
	}
	if head := get("/head"); string(head) != q.head+"\r\n" {
		u.t.Errorf("sent %q, stored %q", q.head, head)
	}
	if body := get("/body"); !bytes.Equal(body, q.body) {
		u.t.Errorf("sent %d bytes of body, stored %d others", len(q.body), len(body))
	}
	var c struct {
		SHA string `json:"body_sha256"`
	}
	if err := json.Unmarshal(get(""), &c); err != nil || c.SHA != fmt.Sprintf("%x", sha256.Sum256(q.body)) {
		u.t.Errorf("digest %s, %v", c.SHA, err)
	}
}
