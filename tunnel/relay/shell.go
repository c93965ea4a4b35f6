package relay

import (
	"time"

	"golang.org/x/crypto/ssh"
)

const (
	consoleLines = 32              // that wait for a shell
	shellWait    = time.Second     // for the first line: forwards are asked for before the shell, but judged beside it
	shellCut     = 2 * time.Second // after the end of the shell, for a client that doesn't end by itself
)

// A console is what a stock client's user is told. Lines wait for a shell, and are lost if there is none (`ssh -N`).
type console struct{ lines chan string }

func newConsole() console { return console{make(chan string, consoleLines)} }

func (c console) say(line string) {
	select {
	case c.lines <- line:
	default: // nobody reads
	}
}

// serveSession is the life of a session channel: it shows the address and ends. It runs nothing, whatever is asked.
func (a *agent) serveSession(n ssh.NewChannel) {
	ch, requests, err := n.Accept()
	if err != nil {
		return
	}
	defer func() { go ch.Close() }() // it may have to wait for the client
	for r := range requests {
		switch r.Type {
		case "pty-req":
			_ = r.Reply(!a.grant.NoPTY, nil)
		case "window-change":
			_ = r.Reply(true, nil)
		case "shell":
			_ = r.Reply(true, nil)
			go a.ignoreRequests(requests)
			a.runShell(ch)
			return
		case "env": // sent by most clients, unasked
			_ = r.Reply(false, nil)
			a.countReject()
		default:
			_ = r.Reply(false, nil)
			a.rejected("session request", r.Type)
		}
	}
}

// ignoreRequests answers what is asked while a shell runs.
func (a *agent) ignoreRequests(requests <-chan *ssh.Request) {
	for r := range requests {
		ok := r.Type == "window-change" || r.Type == "signal"
		_ = r.Reply(ok, nil)
		if !ok {
			a.rejected("session request", r.Type)
		}
	}
}

// runShell prints what there is to say until the user ends it. Its end is the
// connection's.
func (a *agent) runShell(ch ssh.Channel) {
	left := make(chan struct{})
	go func() {
		defer close(left)
		awaitEnd(ch)
	}()
	status := a.talk(ch, left)
	a.left.Store(status == 0)
	_, _ = ch.SendRequest("exit-status", false, ssh.Marshal(struct{ Status uint32 }{status}))
	go ch.Close()
	late := time.NewTimer(shellCut)
	defer late.Stop()
	select {
	case <-a.ended:
	case <-late.C:
		_ = a.line.Close()
	}
}

// talk prints what there is to say until the user's end, and returns the exit status. Input that ends at once, as that of
// /dev/null does, waits for the address.
func (a *agent) talk(ch ssh.Channel, left <-chan struct{}) uint32 {
	nothing := time.NewTimer(shellWait)
	defer nothing.Stop()
	shown, leaving := false, false
	for !shown || !leaving {
		select {
		case line := <-a.console.lines:
			if _, err := ch.Write([]byte(line + "\r\n")); err != nil {
				return 1
			}
			shown = true
		case <-left:
			left, leaving = nil, true
		case <-nothing.C:
			if !a.s.forwards(a) {
				_, _ = ch.Write([]byte("no public port: ask for one with -R 8000:localhost:3000\r\n"))
				return 1
			}
			shown = true
		case <-a.ended:
			return 1
		}
	}
	return 0
}

// awaitEnd reads until Ctrl-C, Ctrl-D or the end of input.
func awaitEnd(ch ssh.Channel) {
	b := make([]byte, 256)
	for {
		n, err := ch.Read(b)
		for _, c := range b[:n] {
			if c == 3 || c == 4 {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// forwards reports whether a stock client has a port.
func (s *Server) forwards(a *agent) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(a.forwards) > 0
}
