package main

import (
	"bytes"
	"fmt"
	"strconv"
)

// idDigits is how long a request's number is written: always the same, so that it can be put into a request made before.
const idDigits = 9

// oneWrite is the longest request that leaves in one write.
const oneWrite = 256 * kib

// A request is one webhook, made once for each caller and numbered anew each time: what the sender costs is missing
// from the peers, since they share the processor.
type request struct {
	id     []byte // "devhook-000000017"
	number [2]int // where in first the number stands
	first  []byte // head, and the body or its start
	more   []byte // the rest of a long body
}

func newRequest(p *peer, size int, keep bool) *request {
	r := &request{id: []byte(requestID(p.name, 0))}
	var b bytes.Buffer
	fmt.Fprintf(&b, "POST /hooks/bench?%s HTTP/1.1\r\nHost: %s\r\nUser-Agent: devhook-bench\r\n", query(string(r.id), size), p.host)
	fmt.Fprintf(&b, "Content-Type: application/json\r\nContent-Length: %d\r\n", size)
	if !keep {
		b.WriteString("Connection: close\r\n")
	}
	b.WriteString("\r\n")
	start := bodyStart(string(r.id))
	b.WriteString(start)
	if tail := rest(size - len(start)); b.Len()+len(tail) <= oneWrite {
		b.Write(tail)
	} else {
		r.more = tail
	}
	r.first = b.Bytes()
	r.number[0] = bytes.Index(r.first, r.id) + len(r.id) - idDigits
	r.number[1] = r.number[0] + bytes.Index(r.first[r.number[0]:], []byte(start)) + len(`{"id":"`) + len(r.id) - idDigits
	return r
}

// setNumber makes it another request.
func (r *request) setNumber(n int64) {
	digits := r.id[len(r.id)-idDigits:]
	for i := len(digits) - 1; i >= 0; i-- {
		digits[i] = byte('0' + n%10)
		n /= 10
	}
	for _, at := range r.number {
		copy(r.first[at:], digits)
	}
}

func requestID(peer string, n int) string { return fmt.Sprintf("%s-%0*d", peer, idDigits, n) }

func query(id string, size int) string { return "id=" + id + "&size=" + strconv.Itoa(size) }
