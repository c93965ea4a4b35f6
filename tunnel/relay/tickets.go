package relay

import "time"

const (
	ticketShare = 8                // malformed requests may take this part of a tunnel's exchanges; those beyond wait
	ticketWait  = 30 * time.Second // how long they do
)

// tickets are the places that malformed requests may take at once. Slow heads that were begun together run into their limit
// together: without tickets hundreds of them would take every place for a moment, and sound requests beside them be
// refused. They can wait: their senders are cut off anyway.
type tickets chan struct{}

func newTickets(exchanges int) tickets { return make(tickets, max(1, exchanges/ticketShare)) }

// take reports whether one was to be had, before the agent was gone.
func (t tickets) take(gone <-chan struct{}) bool {
	select {
	case t <- struct{}{}:
		return true
	default:
	}
	late := time.NewTimer(ticketWait)
	defer late.Stop()
	select {
	case t <- struct{}{}:
		return true
	case <-gone:
	case <-late.C:
	}
	return false
}

// giveBack lets the next one have it. Of nil tickets none was taken.
func (t tickets) giveBack() {
	if t != nil {
		<-t
	}
}
