package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"
)

const patience = 60 * time.Second // for one answer

// A caller posts one request after another.
type caller struct {
	p       *peer
	keep    bool
	request *request
	conn    net.Conn // nil: the next request dials
	r       *bufio.Reader
	answer  []byte
	refused int // answers that asked to come again
}

func newCaller(p *peer, c cell) *caller {
	return &caller{
		p: p, keep: c.keep, request: newRequest(p, c.size, c.keep),
		r: bufio.NewReaderSize(nil, 4*kib), answer: make([]byte, 256),
	}
}

// errBusy is an answer that asks to come again: 503 with Retry-After, as devhook gives beyond 256 requests at once.
var errBusy = errors.New("refused")

const pauseAfterRefusal = 5 * time.Millisecond

// post sends one request and checks its answer; took is from dialing, or from the first byte on a connection that is kept, to the
// answer's last byte. What is refused is sent again a moment later, under its own number, and counted; took goes on.
func (c *caller) post() (took time.Duration, err error) {
	c.request.setNumber(c.p.sent.Add(1))
	start := time.Now()
	for again := true; again; {
		var closing bool
		closing, err = c.exchange(start)
		took = time.Since(start)
		if err != nil || closing || !c.keep {
			c.hangUp()
		}
		if again = errors.Is(err, errBusy) && took < patience; again {
			c.refused++
			<-time.After(pauseAfterRefusal)
		}
	}
	if err != nil {
		return 0, fmt.Errorf("request %s: %w", c.request.id, err)
	}
	c.p.good.Add(1)
	return took, nil
}

func (c *caller) hangUp() {
	if c.conn != nil {
		_ = c.conn.Close()
		c.conn = nil
	}
}

// exchange is one request and its answer. closing says that the connection carries no other.
func (c *caller) exchange(start time.Time) (closing bool, err error) {
	if c.conn == nil {
		if c.conn, err = net.DialTimeout("tcp", c.p.addr, patience); err != nil {
			return true, err
		}
		c.r.Reset(c.conn)
	}
	if err := c.conn.SetDeadline(start.Add(patience)); err != nil {
		return true, err
	}
	for _, piece := range [][]byte{c.request.first, c.request.more} {
		if len(piece) == 0 {
			continue
		}
		if _, err := c.conn.Write(piece); err != nil {
			return true, c.early(err)
		}
	}
	a, body, err := readAnswer(c.r, c.answer)
	if err != nil {
		return true, fmt.Errorf("answer: %w", err)
	}
	if a.status == 503 && a.retry {
		return true, fmt.Errorf("%w: %q", errBusy, body)
	}
	if a.status != 200 || !bytes.Equal(body, c.request.id) {
		return true, fmt.Errorf("answered %d %q", a.status, body)
	}
	return a.closing, nil
}

// early tells an answer that came before the request had left, if there is one.
func (c *caller) early(cause error) error {
	a, body, err := readAnswer(c.r, c.answer)
	switch {
	case err != nil:
		return cause
	case a.status == 503 && a.retry:
		return fmt.Errorf("%w early: %q", errBusy, body)
	}
	return fmt.Errorf("answered early: %d %q: %w", a.status, body, cause)
}

// An answerHead is what counts of one.
type answerHead struct {
	status  int
	length  int // -1: not given
	chunked bool
	closing bool // the connection carries no other
	retry   bool // there is a Retry-After
}

// readAnswer reads one answer, its body into buf. Its length must be known, by Content-Length or by chunks.
func readAnswer(r *bufio.Reader, buf []byte) (a answerHead, body []byte, err error) {
	line, err := r.ReadSlice('\n')
	if err != nil {
		return a, nil, err
	}
	if len(line) < 13 || !bytes.HasPrefix(line, []byte("HTTP/1.")) {
		return a, nil, fmt.Errorf("status line %q", line)
	}
	a.closing, a.length = line[7] == '0', -1
	if a.status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return a, nil, err
	}
	if err := a.readLines(r); err != nil {
		return a, nil, err
	}
	switch {
	case a.chunked:
		body, err = readChunks(r, buf)
	case a.length < 0 || a.length > len(buf):
		err = fmt.Errorf("status %d with a length of %d", a.status, a.length)
	default:
		body = buf[:a.length]
		_, err = io.ReadFull(r, body)
	}
	return a, body, err
}

func (a *answerHead) readLines(r *bufio.Reader) error {
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			return nil
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimSpace(value)
		switch {
		case bytes.EqualFold(name, []byte("Content-Length")):
			if a.length, err = strconv.Atoi(string(value)); err != nil {
				return err
			}
		case bytes.EqualFold(name, []byte("Transfer-Encoding")):
			a.chunked = bytes.EqualFold(value, []byte("chunked"))
		case bytes.EqualFold(name, []byte("Connection")):
			a.closing = bytes.EqualFold(value, []byte("close"))
		case bytes.EqualFold(name, []byte("Retry-After")):
			a.retry = true
		}
	}
}

func readChunks(r *bufio.Reader, buf []byte) (body []byte, err error) {
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return nil, err
		}
		n, err := strconv.ParseUint(string(bytes.TrimSpace(line)), 16, 16)
		if err != nil || len(body)+int(n) > len(buf) {
			return nil, errors.Join(fmt.Errorf("chunk of size %q", line), err)
		}
		piece := buf[len(body) : len(body)+int(n)]
		if _, err := io.ReadFull(r, piece); err != nil {
			return nil, err
		}
		body = buf[:len(body)+int(n)]
		if _, err := r.Discard(2); err != nil {
			return nil, err
		}
		if n == 0 {
			return body, nil
		}
	}
}
