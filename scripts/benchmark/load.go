package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	bodySize = 1024             // bytes of JSON in each request
	patience = 15 * time.Second // for one answer
)

// A peer is one way to the app.
type peer struct {
	name string
	addr string       // where senders connect to
	sent atomic.Int64 // requests so far; the next one's number
	good atomic.Int64 // answers that were right
}

// A result is what one measurement gave.
type result struct {
	rate     float64 // answers a second
	p50, p99 time.Duration
	err      error // the first wrong answer; the rest then means nothing
}

// measure has a number of callers post one request after another for a while, each over a connection of its own.
func measure(ctx context.Context, p *peer, callers int, d time.Duration) result {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	times := make([][]time.Duration, callers)
	start := time.Now()
	var wg sync.WaitGroup
	for i := range callers {
		wg.Go(func() {
			for ctx.Err() == nil && time.Since(start) < d {
				took, err := p.post()
				if err != nil {
					cancel(err)
					return
				}
				times[i] = append(times[i], took)
			}
		})
	}
	wg.Wait()
	elapsed := time.Since(start)
	all := slices.Concat(times...)
	if err := context.Cause(ctx); err != nil {
		return result{err: err}
	}
	if len(all) == 0 {
		return result{err: fmt.Errorf("no answer within %v", d)}
	}
	slices.Sort(all)
	return result{
		rate: float64(len(all)) / elapsed.Seconds(),
		p50:  all[len(all)/2],
		p99:  all[len(all)*99/100],
	}
}

// post sends one request over a new connection and checks its answer; took is from dialing to the answer's last byte.
func (p *peer) post() (took time.Duration, err error) {
	id := p.name + "-" + strconv.FormatInt(p.sent.Add(1), 10)
	request := newRequest(p.addr, id)
	start := time.Now()
	conn, err := net.DialTimeout("tcp", p.addr, patience)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(start.Add(patience)); err != nil {
		return 0, err
	}
	if _, err := conn.Write(request); err != nil {
		return 0, fmt.Errorf("request %s: %w", id, err)
	}
	status, body, err := readAnswer(bufio.NewReader(conn))
	took = time.Since(start)
	if err != nil {
		return 0, fmt.Errorf("request %s: answer: %w", id, err)
	}
	if status != "200" || string(body) != id {
		return 0, fmt.Errorf("request %s: answered %s %q", id, status, body)
	}
	p.good.Add(1)
	return took, nil
}

func newRequest(host, id string) []byte {
	body := `{"id":"` + id + `","text":"`
	body += strings.Repeat("x", bodySize-len(body)-2) + `"}`
	var b bytes.Buffer
	fmt.Fprintf(&b, "POST /hooks/bench?id=%s HTTP/1.1\r\nHost: %s\r\nUser-Agent: devhook-bench\r\n", id, host)
	fmt.Fprintf(&b, "Content-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", len(body), body)
	return b.Bytes()
}

// readAnswer reads one answer that carries a Content-Length. It is kept this small because whatever the sender costs is
// missing from the peers: they share the processor.
func readAnswer(r *bufio.Reader) (status string, body []byte, err error) {
	line, err := r.ReadString('\n')
	if err != nil {
		return "", nil, err
	}
	if len(line) < 12 || !strings.HasPrefix(line, "HTTP/1.") {
		return "", nil, fmt.Errorf("status line %q", line)
	}
	status = line[9:12]
	length := -1
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return "", nil, err
		}
		line = strings.TrimRight(line, "\r\n")
		if line == "" {
			break
		}
		name, value, _ := strings.Cut(line, ":")
		if strings.EqualFold(name, "Content-Length") {
			if length, err = strconv.Atoi(strings.TrimSpace(value)); err != nil {
				return "", nil, err
			}
		}
	}
	if length < 0 || length > 1<<20 {
		return "", nil, fmt.Errorf("status %s without a usable Content-Length", status)
	}
	body = make([]byte, length)
	_, err = io.ReadFull(r, body)
	return status, body, err
}
