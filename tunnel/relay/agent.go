package relay

import (
	"errors"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"

	"devhook/tunnel"
)

const (
	growth   = 16 << 20        // bytes an agent's exchanges may buffer together beyond their initial credit
	drainFor = 5 * time.Second // how long an agent that was replaced may go on with what it has
)

// An agent is the SSH connection of one.
type agent struct {
	s       *Server
	line    *tunnel.Line
	conn    ssh.Conn
	public  ssh.PublicKey
	key     string // its fingerprint: who it is
	grant   Grant
	budget  *tunnel.Budget
	lanes   lanes
	busy    atomic.Int64 // exchanges that go on
	tickets tickets      // of those that carry what is malformed
	rejects atomic.Int64
	ended   chan struct{} // closed when the connection is

	instance string       // names the agent's process; set once, at registration
	address  *address     // guarded by Server.mu; nil before registration, and after goodbye
	hold     *tunnel.Hold // what it wants done while it is away; guarded by Server.mu
	takes    atomic.Bool  // it takes what is held
	trial    bool         // its address waits for nobody; guarded by Server.mu
	first    bool         // it is the first of its key to have it; guarded by Server.mu

	// Of a stock client (Config.Stock).
	stock    atomic.Bool              // it has, or had, a port
	forwards map[place]forwardRequest // its addresses, as it asked for them; guarded by Server.mu
	console  console                  // what its user is told
	shells   atomic.Int32             // session channels that are open
	left     atomic.Bool              // its user has ended it
}

func newAgent(s *Server, line *tunnel.Line, conn ssh.Conn, key string, g Grant) *agent {
	a := &agent{
		s: s, line: line, conn: conn, key: key, grant: g,
		budget: tunnel.NewBudget(growth), ended: make(chan struct{}), console: newConsole(),
		tickets: newTickets(s.cfg.Limits.Exchanges),
	}
	a.lanes.agent = a
	return a
}

// serve is the agent's life from login to the connection's end. Most agents are idle, and their goroutines are most of
// what they take: so one answers both channels and requests.
func (a *agent) serve(channels <-chan ssh.NewChannel, requests <-chan *ssh.Request) {
	stop := a.watch()
	defer func() {
		stop()
		a.s.dismiss(a)
		close(a.ended)
		a.lanes.close()
	}()
	for channels != nil || requests != nil {
		select {
		case n, ok := <-channels:
			if !ok {
				channels = nil
				continue
			}
			a.serveChannel(n)
		case r, ok := <-requests:
			if !ok {
				requests = nil
				continue
			}
			a.serveRequest(r)
		}
	}
	if leave(a.conn.Wait()) {
		a.left.Store(true)
	}
}

// serveChannel refuses every channel but one: an agent may open none, a stock client a session.
func (a *agent) serveChannel(n ssh.NewChannel) {
	if a.s.cfg.Stock && n.ChannelType() == channelSession && a.shells.CompareAndSwap(0, 1) {
		a.s.running.Go(func() {
			defer a.shells.Store(0)
			defer a.s.contain(func() { _ = a.line.Close() })
			a.serveSession(n)
		})
		return
	}
	_ = n.Reject(ssh.Prohibited, "not allowed")
	a.rejected("channel", n.ChannelType())
}

// serveRequest answers a request that wants an answer exactly once.
func (a *agent) serveRequest(r *ssh.Request) {
	switch r.Type {
	case tunnel.RequestListen:
		answer := a.s.register(a, r.Payload)
		_ = r.Reply(true, ssh.Marshal(&answer))
		if tunnel.Status(answer.Status) != tunnel.StatusOK {
			a.rejected("listen", answer.Text)
		}
	case tunnel.RequestHold:
		if terms := a.s.answerHold(a, r.Payload); terms != nil {
			_ = r.Reply(true, ssh.Marshal(terms))
		} else {
			_ = r.Reply(false, nil)
		}
	case tunnel.RequestWaiting:
		answer, err := tunnel.EncodeWaiting(a.s.holdings.ofKey(a.key))
		_ = r.Reply(err == nil, answer)
	case tunnel.RequestGoodbye:
		a.s.goodbye(a)
		_ = r.Reply(true, nil)
	case tunnel.RequestPing:
		_ = r.Reply(true, nil)
	default:
		a.serveStock(r)
	}
}

// serveStock answers what stock clients ask for, and refuses the rest.
func (a *agent) serveStock(r *ssh.Request) {
	err := errors.New(r.Type)
	switch {
	case !a.s.cfg.Stock:
	case r.Type == requestForward:
		err = a.s.forward(a, r.Payload)
	case r.Type == requestCancel:
		err = a.s.unforward(a, r.Payload)
	case r.Type == requestNoMore:
		err = nil
	}
	_ = r.Reply(err == nil, nil)
	if err != nil {
		a.console.say("refused: " + err.Error())
		a.rejected("request", err.Error())
	}
}

// rejected counts what was refused. Nobody honest comes near the limit.
func (a *agent) rejected(what, which string) {
	a.s.cfg.Log.Info("refused", "what", what, "which", which[:min(len(which), 160)], "key", a.key)
	a.countReject()
}

func (a *agent) countReject() {
	n := a.rejects.Add(1) - int64(a.s.cfg.Limits.Rejects)
	if n == 0 {
		a.s.counts.dropped[DroppedRejects].Add(1)
	}
	if n >= 0 {
		_ = a.line.Close()
	}
}

// replaced tells the agent that a newer process of its key has the address now. What it has begun it may finish.
func (a *agent) replaced() {
	go func() { _, _, _ = a.conn.SendRequest(tunnel.RequestTaken, true, nil) }()
	a.cutLater()
}

// cutLater closes the connection after the time to finish what goes on.
func (a *agent) cutLater() {
	a.s.running.Go(func() {
		late := time.NewTimer(drainFor)
		defer late.Stop()
		select {
		case <-late.C:
		case <-a.ended:
		}
		_ = a.line.Close()
	})
}
