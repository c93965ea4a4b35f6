package web

import (
	"net/url"
	"strings"

	"devhook/store"
	"devhook/web/view"
)

// way is a request's five stations: sender, relay, store, app, and back at the sender. It shows where it stopped.
func (p presenter) way(c *store.Capture, deliveries []*store.Delivery) []view.Station {
	name := orWord(p.sender(c.Provider), "Sender")
	live := liveOf(deliveries)
	return []view.Station{
		{Name: name, Lines: []string{visible(ip(c.RemoteAddr), false)}, Icon: "station"},
		{Name: "Relay", Lines: relayLines(c), Icon: "station"},
		p.storedStation(c),
		p.appStation(c, live),
		p.backStation(c, live, name),
	}
}

func liveOf(list []*store.Delivery) *store.Delivery {
	for _, d := range list {
		if d.Kind == store.Live {
			return d
		}
	}
	return nil
}

// relayLines say how the sender called: scheme and port.
func relayLines(c *store.Capture) []string {
	u, err := url.Parse(c.PublicURL)
	if err != nil || u.Scheme == "" {
		return nil
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return []string{u.Scheme + ", port " + port}
}

func (p presenter) storedStation(c *store.Capture) view.Station {
	s := view.Station{Name: "Stored, checked", Icon: "station", Lines: []string{string(c.Verdict)}}
	switch c.State {
	case store.Malformed, store.Incomplete:
		return view.Station{Name: "Stored", Icon: "invalid", At: "bad", Lines: []string{string(c.State)}, Fail: true}
	}
	switch c.Verdict {
	case store.Valid:
		s.Lines = []string{"proven"}
	case store.Invalid:
		s.Lines, s.Icon, s.At = []string{"proof is invalid"}, "invalid", "bad"
	case store.Missing:
		s.Lines, s.Icon = []string{"proof is missing"}, "missing"
	default:
		s.Name, s.Lines = "Stored", []string{"nothing to check"}
	}
	if c.State == store.Refused {
		s.At, s.Lines = "bad", append(s.Lines, "refused")
	}
	return s
}

func (p presenter) appStation(c *store.Capture, live *store.Delivery) view.Station {
	s := view.Station{Name: "App", Icon: "station", Lines: []string{visible(hostOf(c.App), false)}}
	switch {
	case live == nil && c.Delivering:
		s.Icon, s.Shape, s.Class = "swait", true, "wait"
		s.Lines = append(s.Lines, "answering")
	case live == nil && c.State == store.Held:
		s.Icon, s.Shape, s.Class, s.At = "swait", true, "wait", "skip"
		s.Lines = append(s.Lines, "held until it is there")
	case live == nil:
		s.At, s.Lines = "skip", append(s.Lines, "not called")
	case live.Target == ownTarget:
		s.Name, s.At, s.Lines = "devhook", "skip", []string{"answered in the app's place", outcomeLine(live)}
	default:
		a := answer(live, unjudged(c))
		s.Icon, s.Shape, s.Class = "s"+a.Class, true, a.Class
		s.Lines = append(s.Lines, outcomeLine(live))
		if !live.Accepted {
			s.At = "bad"
		}
	}
	return s
}

// ownTarget is the target of a delivery that the inspector answered itself, such as a sender's handshake.
const ownTarget = "devhook"

func outcomeLine(d *store.Delivery) string {
	switch {
	case d.Error == store.OutcomeUnknown:
		return "outcome unknown"
	case d.Status == 0:
		return visible(d.Error, false)
	}
	return answer(d, true).Text + " in " + took(d.Duration)
}

func (p presenter) backStation(c *store.Capture, live *store.Delivery, name string) view.Station {
	s := view.Station{Name: name, Icon: "station"}
	known := !unjudged(c)
	switch {
	case live != nil && live.WasHeld():
		s.Icon, s.Lines = "taken", []string{"was answered before"}
	case c.State == store.Malformed, c.State == store.Incomplete, c.State == store.Refused:
		s.At, s.Icon, s.Lines, s.Fail = "bad", "returned", []string{"was turned away"}, true
	case live == nil && c.State == store.Held:
		s.Icon, s.Lines = "taken", []string{"was answered already"}
	case live == nil && c.Delivering:
		s.At, s.Lines = "skip", []string{"waits for the answer"}
	case live == nil:
		s.At, s.Lines = "skip", []string{"got no answer"}
	case live.Error == store.OutcomeUnknown:
		s.At, s.Lines = "skip", []string{"may have got no answer"}
	case live.SenderGone > 0:
		s.At, s.Icon, s.Lines, s.Fail = "bad", "returned", []string{"gave up after " + took(live.SenderGone)}, true
	case live.Accepted && known:
		s.Icon, s.Lines = "taken", []string{"takes the answer"}
	case live.Accepted:
		s.Icon, s.Lines = "taken", []string{"got the answer"}
	case known:
		s.At, s.Icon, s.Lines, s.Fail = "bad", "returned", []string{"counts it as failed"}, true
	default:
		s.At, s.Icon, s.Lines = "bad", "returned", []string{strings.TrimSpace("got " + answerWord(live))}
	}
	return s
}

func answerWord(d *store.Delivery) string {
	if d.Status == 0 {
		return "502 from devhook"
	}
	return answer(d, true).Text
}
