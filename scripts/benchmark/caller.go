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
}

func newCaller(p *peer, c cell) *caller {
	return &caller{
		p: p, keep: c.keep, request: newRequest(p, c.size, c.keep),
		r: bufio.NewReaderSize(nil, 4*kib), answer: make([]byte, 256),
	}
}

// post sends one request and checks its answer; took is from dialing, or from the first byte on a connection that is kept, to the
// answer's last byte.
func (c *caller) post() (took time.Duration, err error) {
	c.request.setNumber(c.p.sent.Add(1))
	start := time.Now()
	closing, err := c.exchange(start)
	took = time.Since(start)
	if err != nil || closing || !c.keep {
		c.hangUp()
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
	status, body, closing, err := readAnswer(c.r, c.answer)
	if err != nil {
		return true, fmt.Errorf("answer: %w", err)
	}
	if status != 200 || !bytes.Equal(body, c.request.id) {
		return true, fmt.Errorf("answered %d %q", status, body)
	}
	return closing, nil
}

// early tells an answer that came before the request had left, if there is one.
func (c *caller) early(cause error) error {
	if status, body, _, err := readAnswer(c.r, c.answer); err == nil {
		return fmt.Errorf("answered early: %d %q: %w", status, body, cause)
	}
	return cause
}

// readAnswer reads one answer into buf. Its length must be known, by Content-Length or by chunks.
func readAnswer(r *bufio.Reader, buf []byte) (status int, body []byte, closing bool, err error) {
	line, err := r.ReadSlice('\n')
	if err != nil {
		return 0, nil, true, err
	}
	if len(line) < 13 || !bytes.HasPrefix(line, []byte("HTTP/1.")) {
		return 0, nil, true, fmt.Errorf("status line %q", line)
	}
	if status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return 0, nil, true, err
	}
	length, chunked, closing, err := readLines(r, line[7] == '0')
	switch {
	case err != nil:
	case chunked:
		body, err = readChunks(r, buf)
	case length < 0 || length > len(buf):
		err = fmt.Errorf("status %d with a length of %d", status, length)
	default:
		body = buf[:length]
		_, err = io.ReadFull(r, body)
	}
	return status, body, closing, err
}

// readLines reads the header lines. length is -1 if there is no Content-Length.
func readLines(r *bufio.Reader, closes bool) (length int, chunked, closing bool, err error) {
	length, closing = -1, closes
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return 0, false, true, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			return length, chunked, closing, nil
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimSpace(value)
		switch {
		case bytes.EqualFold(name, []byte("Content-Length")):
			if length, err = strconv.Atoi(string(value)); err != nil {
				return 0, false, true, err
			}
		case bytes.EqualFold(name, []byte("Transfer-Encoding")):
			chunked = bytes.EqualFold(value, []byte("chunked"))
		case bytes.EqualFold(name, []byte("Connection")):
			closing = bytes.EqualFold(value, []byte("close"))
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
