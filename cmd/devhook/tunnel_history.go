package main

import (
	"sync"
	"time"

	"devhook/tunnel"
	"devhook/web"
)

// mostMoments is how many changes of the tunnel are kept for the page.
const mostMoments = 20

// tunnelHistory remembers when the tunnel went and when it came back. Attempts in between are no news.
type tunnelHistory struct {
	mu         sync.Mutex
	list       []web.Moment // the latest first
	reconnects int
	known      bool // something is in list
	online     bool
	gone       time.Time // since when it is not online
}

// note takes the tunnel's state. States that follow each other may be alike.
func (h *tunnelHistory) note(s tunnel.State) {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := s.Phase == tunnel.Online
	if h.known && now == h.online {
		return
	}
	m := web.Moment{At: s.Since, Phase: string(s.Phase), Text: string(s.Phase)}
	switch {
	case now && h.known:
		h.reconnects++
		m.Text = "online again, after " + s.Since.Sub(h.gone).Round(time.Second).String()
	case !now:
		h.gone = s.Since
		if s.Err != nil {
			m.Text = s.Err.Error()
		}
	}
	h.known, h.online = true, now
	h.list = append([]web.Moment{m}, h.list[:min(len(h.list), mostMoments-1)]...)
}

// tell fills in what the page shows of it.
func (h *tunnelHistory) tell(st *web.Status) {
	h.mu.Lock()
	defer h.mu.Unlock()
	st.Reconnects, st.History = h.reconnects, h.list // a list is never changed once made
}
