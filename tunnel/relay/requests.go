package relay

import (
	"bytes"
	"io"
	"time"

	"devhook/tunnel"
	"devhook/tunnel/http1"
)

// switching is how an answer begins that changes the protocol.
const switching = "HTTP/1.1 101 "

// spliceRequests leads a sender to a stock client that has a name, or that has got a whole port while the sender's connection
// was there already. Where names share a port the next request of a
// connection may call another, as those of a balancer's do; so requests are read one by one, and passed unchanged as long
// as they call the same.
func (x *sender) spliceRequests(a *agent, q *http1.Request) bool {
	x.through(a, func(p *splice) { p.upRequests(q) })
	return false
}

// upRequests passes requests until the sender ends, or one calls another name or can't be read: then nothing more is read,
// and the connection ends when the app has answered what it got.
func (p *splice) upRequests(q *http1.Request) {
	defer p.ch.CloseWrite()
	x := p.x
	for first := true; ; first = false {
		upgrade := q.Upgrade() != ""
		if upgrade && !first || !p.passHead(q) || !p.passBody(q) {
			return
		}
		if upgrade {
			if p.upgraded() {
				p.up()
			}
			return
		}
		if !http1.KeepAlive(q.Minor, &q.Head) {
			return
		}
		if _, err := x.r.Peek(1); err != nil {
			p.sawEnd(err)
			return
		}
		p.readWithin(x.limits().Head)
		next, err := x.r.ReadRequest(x.limits().HTTP)
		if err != nil || reserved(next.Target) || x.addressOf(next) != x.address || x.address.agent.Load() != p.a {
			p.sawEnd(err)
			return
		}
		q = next
	}
}

// sawEnd resets what the sender has reset.
func (p *splice) sawEnd(err error) {
	if reset(err) {
		p.fail(Left)
	}
}

func (p *splice) passHead(q *http1.Request) bool {
	return p.pass(q.Raw)
}

// pass passes bytes of a request.
func (p *splice) pass(b []byte) bool {
	p.quiet.Reset(p.x.limits().AnswerSilence)
	p.a.s.counts.in.Add(int64(len(b)))
	_, err := p.ch.Write(b)
	return err == nil
}

// readWithin is the sender's, which gets no more time than Limits.AfterAnswer once the app says no more; 0 is for ever.
func (p *splice) readWithin(d time.Duration) {
	if d == 0 {
		p.x.readForEver()
	} else {
		p.x.readWithin(d)
	}
	select {
	case <-p.ended:
		_ = p.x.conn.SetReadDeadline(p.rest)
	default:
	}
}

// passBody passes a body with its framing. What is cut short ends the connection.
func (p *splice) passBody(q *http1.Request) bool {
	framing, length := q.Framing()
	if framing == http1.None {
		p.readWithin(0)
		return true
	}
	b := tunnel.GetBlock()
	defer b.Put()
	body := p.x.r.RawBody(framing, length)
	for {
		p.readWithin(p.x.limits().BodySilence)
		n, err := body.Read(b[:])
		if n > 0 && !p.pass(b[:n]) {
			return false
		}
		if err == io.EOF {
			p.readWithin(0)
			return true
		}
		if err != nil {
			p.sawEnd(err)
			return false
		}
	}
}

// upgraded waits for the app's answer to the connection's first request and reports whether it changes the protocol.
func (p *splice) upgraded() bool {
	select {
	case head := <-p.answer:
		return bytes.HasPrefix(head, []byte(switching))
	case <-p.ended:
		return false
	}
}
