package relay

import (
	"errors"
	"io"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"

	"devhook/tunnel"
)

// splice is the life of a sender's connection to a stock client's port: its bytes are passed as they come, both ways, over
// one channel. Nothing is parsed. Until the clean end of both sides the connection is set so that whatever closes it,
// the death of this process included, resets it: a cut answer never looks whole.
func (x *sender) splice(a *agent) {
	defer x.conn.Close()
	x.readWithin(x.limits().Head)
	if !x.awaitRequest() { // scanners often say nothing: neither the app nor the limit hears of them
		return
	}
	x.readForEver()
	if !x.allowed() {
		x.refuse(forbidden)
		return
	}
	x.through(a, (*splice).up)
}

// through joins the sender and a new channel to the client: up passes what the sender says. The connection ends with it.
func (x *sender) through(a *agent, up func(*splice)) {
	if a.busy.Add(1) > int64(x.limits().Exchanges) {
		a.busy.Add(-1)
		x.refuse(tooMany)
		return
	}
	a.s.busy.Add(1)
	a.s.began.Add(1)
	defer func() { a.busy.Add(-1); a.s.busy.Add(-1) }()
	if ch := x.openForward(a); ch != nil {
		newSplice(x, a, ch).run(up)
	}
}

// openForward asks the client for a connection to its app. If there is none, the sender is told, in HTTP: it is what
// these ports are for.
func (x *sender) openForward(a *agent) ssh.Channel {
	payload, ok := a.s.forwardedTo(a, x.address.place, x.conn.RemoteAddr())
	if !ok {
		x.refuse(offline)
		return nil
	}
	late := time.NewTimer(laneWait)
	defer late.Stop()
	ch, err := openChannel(a, channelForward, payload, late.C)
	switch _, no := errors.AsType[*ssh.OpenChannelError](err); {
	case no:
		x.refuse(noApp)
	case err != nil:
		x.refuse(offline)
	}
	return ch
}

// A splice joins a sender's connection and a channel of a stock client.
type splice struct {
	x     *sender
	a     *agent
	ch    ssh.Channel
	quiet *time.Timer  // runs out when neither side has said anything for long
	end   atomic.Int32 // an Outcome: Answered, until one side has failed

	answer chan []byte   // gets how the app's answer begins
	ended  chan struct{} // closed when the app says no more
	rest   time.Time     // until when the sender may go on then; set before ended is closed
}

func newSplice(x *sender, a *agent, ch ssh.Channel) *splice {
	p := &splice{x: x, a: a, ch: ch, answer: make(chan []byte, 1), ended: make(chan struct{})}
	p.quiet = time.AfterFunc(x.limits().AnswerSilence, p.abort)
	return p
}

// run passes bytes until both sides have ended.
func (p *splice) run(pass func(*splice)) {
	p.x.hard(true)
	up := make(chan struct{})
	p.a.s.running.Go(func() {
		defer close(up)
		defer p.a.s.contain(p.abort)
		pass(p)
	})
	p.down()
	if !p.over() {
		_ = p.x.conn.SetReadDeadline(p.rest)
	}
	<-up
	p.quiet.Stop()
	go p.ch.Close()
	if !p.over() {
		p.x.hard(false)
	}
	p.a.s.counts.ended(Outcome(p.end.Load()))
}

// up passes what the sender says. Its half-close is passed on too.
func (p *splice) up() {
	b := tunnel.GetBlock()
	defer b.Put()
	for {
		n, err := p.x.r.Read(b[:])
		if n > 0 {
			p.quiet.Reset(p.x.limits().AnswerSilence)
			p.a.s.counts.in.Add(int64(n))
			if _, err := p.ch.Write(b[:n]); err != nil {
				return // the client closed the channel; what it sent before is still passed down
			}
		}
		switch {
		case err == io.EOF:
			_ = p.ch.CloseWrite()
			return
		case timedOut(err): // after the app's end
			return
		case err != nil:
			p.fail(Left)
			return
		}
	}
}

// down passes what the app says. A channel that ends because the whole connection does was cut.
func (p *splice) down() {
	b := tunnel.GetBlock()
	defer b.Put()
	defer func() {
		p.rest = time.Now().Add(p.x.limits().AfterAnswer)
		close(p.ended)
	}()
	var begin []byte // of the answer, which may come in pieces
	for {
		n, err := p.ch.Read(b[:])
		if missing := len(switching) - len(begin); n > 0 && missing > 0 {
			begin = append(begin, b[:min(n, missing)]...)
			if len(begin) == len(switching) {
				p.answer <- begin
			}
		}
		if n > 0 {
			p.quiet.Reset(p.x.limits().AnswerSilence)
			_ = p.x.conn.SetWriteDeadline(time.Now().Add(p.x.limits().AnswerSilence))
			p.a.s.counts.out.Add(int64(n))
			if _, err := p.x.conn.Write(b[:n]); err != nil {
				p.fail(Left)
				return
			}
		}
		if err == nil {
			continue
		}
		if err != io.EOF || p.a.line.Dead() {
			p.abort()
			return
		}
		if c, ok := p.x.conn.(interface{ CloseWrite() error }); ok {
			_ = c.CloseWrite()
		}
		return
	}
}

func (p *splice) over() bool { return Outcome(p.end.Load()) != Answered }

// abort resets the sender's connection and closes the channel.
func (p *splice) abort() { p.fail(Cut) }

// fail is abort, with what becomes of the request; what failed first counts.
func (p *splice) fail(o Outcome) {
	p.end.CompareAndSwap(int32(Answered), int32(o))
	p.x.reset()
	go p.ch.Close()
}

// openChannel opens a channel to an agent, unless late comes first. In x/crypto a call that falls into the end of the
// connection may never return, so none is made once the transport has ended; if it ends at this very moment, or the agent
// doesn't answer, the goroutine is left behind.
func openChannel(a *agent, kind string, payload []byte, late <-chan time.Time) (ssh.Channel, error) {
	type opened struct {
		ch  ssh.Channel
		err error
	}
	if a.line.Dead() {
		return nil, errNoLane
	}
	answer, gone := make(chan opened), make(chan struct{})
	go func() {
		ch, requests, err := a.conn.OpenChannel(kind, payload)
		select {
		case answer <- opened{ch, err}:
		case <-gone:
			if err == nil {
				go ch.Close()
			}
		}
		if err == nil {
			go ssh.DiscardRequests(requests) // with a small stack of its own: it may wait for days
		}
	}()
	select {
	case o := <-answer:
		return o.ch, o.err
	case <-late:
	case <-a.ended:
	}
	close(gone)
	return nil, errNoLane
}
