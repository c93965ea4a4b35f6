package relay

import "time"

// Stats are counts since the start; those that say "now" are of this moment.
type Stats struct {
	Exchanges      int64           // that were begun; a connection to a stock client's port is one
	Busy           int64           // of these, that go on now
	Requests       [Outcomes]int64 // that came to an end, by what became of them
	Malformed      int64           // requests that were handed on as malformed
	Durations      Histogram       // of answered exchanges; upgraded ones and stock clients' are left out: they last as long as they like
	BytesIn        int64           // of requests, into tunnels
	BytesOut       int64           // of answers, to senders
	ChannelsOpened int64           // to carry exchanges to agents
	ChannelsHeld   int             // of these, now

	Agents     int             // tunnels of agents that have an address, now
	Clients    int             // tunnels of stock clients that have one, now
	Reserved   int             // addresses that wait for their owner, now
	Logins     int64           // that were let in
	Refused    [Refusals]int64 // logins that were not, by reason
	Handshakes int             // that go on now
	Takeovers  int64           // addresses that went from a live connection to a newer one of the same key
	Dropped    [Drops]int64    // connections of agents and clients that the relay cut, by reason

	Held        int           // requests that are kept for agents, now
	HeldBytes   int64         // of these
	HeldOldest  time.Duration // age of the oldest of them
	HeldRefused int64         // that were not kept for want of room, or because the disk failed
	HeldExpired int64         // that were given up because they were too old
	HeldDropped int64         // that were given up because their address is its key's no more, or because their agent refused them
	HandedOver  int64         // that an agent has taken

	Senders        int   // senders' connections, now
	SendersOpened  int64 // senders' connections that were taken
	SendersRefused int64 // and that were closed at once, because there were too many
}

// An Outcome is what became of a request.
type Outcome int

// The outcomes. From Offline on the relay answered in the agent's place.
const (
	Answered     Outcome = iota // to its end
	Cut                         // its answer was cut, and the sender's connection reset
	Left                        // the sender was gone before the answer's end
	Lost                        // 502: the connection to the agent broke before the answer
	Offline                     // 503: no agent
	TooMany                     // 503: too many exchanges of its tunnel
	NoApp                       // 502: the stock client's app takes no connection
	Forbidden                   // 403: the sender may not call
	NotFound                    // 404: below the relay's own path
	NotHTTP                     // 400: not HTTP, and not the first of its kind in this second
	Unauthorised                // 401: no visitor's password, or 400: not readable where one is asked for
	NoName                      // 404: no tunnel has the name that was called
	Unrouted                    // 4xx or 5xx: malformed, where only a name could have told whose it is
	Other                       // another answer of the relay's own
	HeldBack                    // kept for the agent, and answered as that wants it
	HoldFull                    // 507 or 503: there was no room to keep it, or the disk failed
	Outcomes     = 16           // how many there are
)

// String is the outcome as a metric's label has it.
func (o Outcome) String() string {
	return [Outcomes]string{
		"answered", "cut", "left", "lost", "offline", "too_many", "no_app", "forbidden", "not_found", "not_http", "unauthorised", "no_name", "unrouted", "other",
		"held", "not_held",
	}[o]
}

// A Refusal is why a login was refused.
type Refusal int

// The reasons.
const (
	RefusedCrowd    Refusal = iota // too many handshakes at once, in all or from one address
	RefusedKey                     // no key that may log in
	RefusedLate                    // the handshake took too long
	RefusedProtocol                // no SSH, or gone in the middle of it
	Refusals        = 4            // how many there are
)

// String is the reason as a metric's label has it.
func (r Refusal) String() string { return [Refusals]string{"crowd", "key", "late", "protocol"}[r] }

// A Drop is why the relay cut the connection of an agent or client that had logged in.
type Drop int

// The reasons.
const (
	DroppedSilent    Drop = iota // nothing was heard of it
	DroppedWithdrawn             // its key may not log in any more
	DroppedRejects               // it asked too often for what it can't have
	Drops            = 3         // how many there are
)

// String is the reason as a metric's label has it.
func (d Drop) String() string { return [Drops]string{"silent", "withdrawn", "rejects"}[d] }

// Stats tells what the relay has done so far.
func (s *Server) Stats() Stats {
	t := s.counts.read()
	t.Exchanges, t.Busy, t.ChannelsOpened = s.began.Load(), s.busy.Load(), s.opened.Load()
	t.Handshakes, t.Refused[RefusedCrowd] = s.door.crowd()
	t.Senders = s.senders.size()
	s.holdings.count(&t)
	s.mu.Lock()
	defer s.mu.Unlock()
	for a := range s.agents {
		switch {
		case a.address != nil:
			t.Agents++
		case len(a.forwards) > 0:
			t.Clients++
		}
		t.ChannelsHeld += a.lanes.size()
	}
	for _, d := range s.addresses {
		if d.owner != "" && d.agent.Load() == nil {
			t.Reserved++
		}
	}
	return t
}
