package relay

import (
	"bytes"
	"io"

	"devhook/tunnel"
	"devhook/tunnel/http1"
)

// spliceRequests leads a sender to a stock client that has a name. Where names share a port the next request of a
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
	x, first := p.x, true
	for {
		if q.Upgrade() != "" {
			if first && p.passHead(q) && p.upgraded() {
				p.up()
			}
			return
		}
		if !p.passHead(q) || !p.passBody(q) || !http1.KeepAlive(q.Minor, &q.Head) {
			return
		}
		first = false
		if _, err := x.r.Peek(1); err != nil {
			p.sawEnd(err)
			return
		}
		x.readWithin(x.limits().Head)
		next, err := x.r.ReadRequest(x.limits().HTTP)
		if err != nil || reserved(next.Target) || x.addressOf(next) != x.address {
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
	p.quiet.Reset(p.x.limits().AnswerSilence)
	_, err := p.ch.Write(q.Raw)
	return err == nil
}

// passBody passes a body with its framing. What is cut short ends the connection.
func (p *splice) passBody(q *http1.Request) bool {
	framing, length := q.Framing()
	if framing == http1.None {
		p.x.readForEver()
		return true
	}
	b := tunnel.GetBlock()
	defer b.Put()
	body := p.x.r.RawBody(framing, length)
	for {
		p.x.readWithin(p.x.limits().BodySilence)
		n, err := body.Read(b[:])
		if n > 0 {
			p.quiet.Reset(p.x.limits().AnswerSilence)
			if _, err := p.ch.Write(b[:n]); err != nil {
				return false
			}
		}
		if err == io.EOF {
			p.x.readForEver()
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
	p.x.readForEver()
	select {
	case head := <-p.answer:
		return bytes.HasPrefix(head, []byte("HTTP/1.1 101 "))
	case <-p.ended:
		return false
	}
}
