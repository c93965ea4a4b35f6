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
	maxLate  = 3 * time.Second // a timer that is later than this tells that the process was stopped
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
	rejects atomic.Int64
	ended   chan struct{} // closed when the connection is

	instance string   // names the agent's process; set once, at registration
	address  *address // guarded by Server.mu; nil before registration, and after goodbye
	trial    bool     // its address waits for nobody; guarded by Server.mu

	// Of a stock client (Config.Stock).
	stock    atomic.Bool    // it has, or had, a port
	forwards map[int]string // its ports, and the bind addresses it asked for; guarded by Server.mu
	console  console        // what its user is told
	shells   atomic.Int32   // session channels that are open
	left     atomic.Bool    // its user has ended it
}

func newAgent(s *Server, line *tunnel.Line, conn ssh.Conn, key string, g Grant) *agent {
	a := &agent{
		s: s, line: line, conn: conn, key: key, grant: g,
		budget: tunnel.NewBudget(growth), ended: make(chan struct{}), console: newConsole(),
	}
	a.lanes.agent = a
	return a
}

// serve is the agent's life from login to the connection's end.
func (a *agent) serve(channels <-chan ssh.NewChannel, requests <-chan *ssh.Request) {
	a.s.running.Go(func() { a.serveChannels(channels) })
	a.s.running.Go(a.heartbeat)
	defer func() {
		a.s.dismiss(a)
		close(a.ended)
		a.lanes.close()
	}()
	a.serveRequests(requests)
	if leave(a.conn.Wait()) {
		a.left.Store(true)
	}
}

// serveChannels refuses every channel but one: an agent may open none, a stock client a session.
func (a *agent) serveChannels(channels <-chan ssh.NewChannel) {
	for n := range channels {
		if a.s.cfg.Stock && n.ChannelType() == channelSession && a.shells.CompareAndSwap(0, 1) {
			a.s.running.Go(func() {
				defer a.shells.Store(0)
				defer a.s.contain(func() { _ = a.line.Close() })
				a.serveSession(n)
			})
			continue
		}
		_ = n.Reject(ssh.Prohibited, "not allowed")
		a.rejected("channel", n.ChannelType())
	}
}

// serveRequests answers each request that wants an answer exactly once.
func (a *agent) serveRequests(requests <-chan *ssh.Request) {
	for r := range requests {
		switch r.Type {
		case tunnel.RequestListen:
			answer := a.s.register(a, r.Payload)
			_ = r.Reply(true, ssh.Marshal(&answer))
			if tunnel.Status(answer.Status) != tunnel.StatusOK {
				a.rejected("listen", answer.Text)
			}
		case tunnel.RequestGoodbye:
			a.s.goodbye(a)
			_ = r.Reply(true, nil)
		case tunnel.RequestPing:
			_ = r.Reply(true, nil)
		default:
			a.serveStock(r)
		}
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
	if a.rejects.Add(1) >= int64(a.s.cfg.Limits.Rejects) {
		_ = a.line.Close()
	}
}

// heartbeat drops an agent that is silent for too long. One that sends no pings of its own is asked for a sign of life
// before that, but late: where only the way to the relay is cut, our ping would tell the agent that all is well.
func (a *agent) heartbeat() {
	limit := a.s.cfg.Limits.Silence
	asking := make(chan struct{}, 1) // x/crypto waits for an answer for ever: one ping at a time
	awake := time.Now()
	for {
		silence := min(a.line.Silence(), time.Since(awake))
		if silence >= limit {
			a.s.cfg.Log.Info("agent dropped: silent", "key", a.key, "for", silence.String())
			_ = a.line.Close()
			return
		}
		next := limit - silence
		if next > limit/4 {
			next -= limit / 4
		} else {
			a.ping(asking)
		}
		next = max(next, time.Millisecond)
		asleep := time.Now()
		late := time.NewTimer(next)
		select {
		case <-a.ended:
			late.Stop()
			return
		case <-late.C:
		}
		if time.Since(asleep) > next+maxLate {
			awake = time.Now() // it was we who were stopped: the agent gets its time anew
		}
		a.lanes.trim()
	}
}

func (a *agent) ping(asking chan struct{}) {
	select {
	case asking <- struct{}{}:
		go func() {
			_, _, _ = a.conn.SendRequest(tunnel.RequestPing, true, nil)
			<-asking
		}()
	default:
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
