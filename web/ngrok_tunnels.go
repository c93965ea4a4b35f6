package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"devhook/store"
)

var errNoTunnel = fault{status: http.StatusNotFound, detail: "no tunnel has this name; /api/tunnels lists them"}

type ngrokTunnel struct {
	Name      string `json:"name"`
	URI       string `json:"uri"`
	PublicURL string `json:"public_url"`
	Proto     string `json:"proto"`
	Config    struct {
		Addr    string `json:"addr"`
		Inspect bool   `json:"inspect"`
	} `json:"config"`
	Metrics ngrokMetrics `json:"metrics"`
}

// ngrokEndpoint is the same thing since ngrok calls it an endpoint.
type ngrokEndpoint struct {
	Name      string `json:"name"`
	URI       string `json:"uri"`
	URL       string `json:"url"`
	PublicURL string `json:"public_url"`
	Proto     string `json:"proto"`
	Upstream  struct {
		URL string `json:"url"`
	} `json:"upstream"`
	Metrics ngrokMetrics `json:"metrics"`
}

// ngrokMetrics has what was captured under "http". Connections are not counted: those numbers are zero.
type ngrokMetrics struct {
	Conns struct {
		ngrokMeter
		Gauge int `json:"gauge"`
	} `json:"conns"`
	HTTP ngrokMeter `json:"http"`
}

// ngrokMeter counts what is recorded; rates are a second's, over the last minutes, and the rest is how long the app took,
// in nanoseconds.
type ngrokMeter struct {
	Count  int     `json:"count"`
	Rate1  float64 `json:"rate1"`
	Rate5  float64 `json:"rate5"`
	Rate15 float64 `json:"rate15"`
	P50    int64   `json:"p50"`
	P90    int64   `json:"p90"`
	P95    int64   `json:"p95"`
	P99    int64   `json:"p99"`
}

// ngrokTimed is how many captures, the newest, the times are told from.
const ngrokTimed = 1000

// ngrokTunnels are the tunnels that have an address. What is measured is of all that the database has.
func (s *Server) ngrokTunnels(ctx context.Context) ([]ngrokTunnel, error) {
	all := []ngrokTunnel{}
	meter, err := s.ngrokMeter(ctx)
	for _, now := range s.tunnels() {
		if now.PublicURL == "" {
			continue
		}
		t := ngrokTunnel{Name: orWord(now.Name, ngrokName), PublicURL: now.PublicURL}
		t.URI = "/api/tunnels/" + url.PathEscape(t.Name)
		t.Proto, _, _ = strings.Cut(now.PublicURL, "://")
		t.Config.Addr, t.Config.Inspect = now.App, true
		t.Metrics.HTTP = meter
		all = append(all, t)
	}
	return all, err
}

// tunnels are all that this devhook has.
func (s *Server) tunnels() []Status {
	first := s.status()
	return append([]Status{first}, first.Others...)
}

// hasTunnel reports whether one of the tunnels is called so.
func (s *Server) hasTunnel(name string) bool {
	return slices.ContainsFunc(s.tunnels(), func(t Status) bool { return orWord(t.Name, ngrokName) == name })
}

// tunnelOf is what the tunnel is called that a capture came through, as its public address tells; the first where it is
// nobody's.
func (s *Server) tunnelOf(c *store.Capture) string {
	all := s.tunnels()
	for _, t := range all {
		if rest, ok := strings.CutPrefix(c.PublicURL, t.PublicURL); ok && t.PublicURL != "" && (rest == "" || rest[0] == '/') {
			return orWord(t.Name, ngrokName)
		}
	}
	return orWord(all[0].Name, ngrokName)
}

func (s *Server) ngrokMeter(ctx context.Context) (m ngrokMeter, err error) {
	if m.Count, err = s.cfg.Store.Count(ctx, store.Filter{}); err != nil {
		return m, err
	}
	for span, rate := range map[time.Duration]*float64{time.Minute: &m.Rate1, 5 * time.Minute: &m.Rate5, 15 * time.Minute: &m.Rate15} {
		n, err := s.cfg.Store.Count(ctx, store.Filter{Since: s.now().Add(-span)})
		if err != nil {
			return m, err
		}
		*rate = float64(n) / span.Seconds()
	}
	list, err := s.cfg.Store.List(ctx, store.Filter{Limit: ngrokTimed})
	if err != nil {
		return m, err
	}
	var took []int64
	for _, c := range list {
		if c.Last != nil && c.Last.Status != 0 {
			took = append(took, int64(c.Last.Duration))
		}
	}
	slices.Sort(took)
	for part, p := range map[int]*int64{50: &m.P50, 90: &m.P90, 95: &m.P95, 99: &m.P99} {
		if len(took) > 0 {
			*p = took[min(len(took)-1, part*len(took)/100)]
		}
	}
	return m, nil
}

func (s *Server) ngrokTunnelList(w http.ResponseWriter, r *http.Request) error {
	all, err := s.ngrokTunnels(r.Context())
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, map[string]any{"tunnels": all, "uri": "/api/tunnels"})
}

func (s *Server) ngrokTunnel(w http.ResponseWriter, r *http.Request) error {
	t, err := s.namedTunnel(r)
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, t)
}

// namedTunnel is the tunnel that an address means.
func (s *Server) namedTunnel(r *http.Request) (ngrokTunnel, error) {
	all, err := s.ngrokTunnels(r.Context())
	if err != nil {
		return ngrokTunnel{}, err
	}
	for _, t := range all {
		if t.Name == r.PathValue("name") {
			return t, nil
		}
	}
	return ngrokTunnel{}, errNoTunnel
}

func (s *Server) ngrokEndpointList(w http.ResponseWriter, r *http.Request) error {
	all, err := s.ngrokTunnels(r.Context())
	if err != nil {
		return err
	}
	endpoints := []ngrokEndpoint{}
	for _, t := range all {
		endpoints = append(endpoints, endpointOf(t))
	}
	return reply(w, http.StatusOK, map[string]any{"endpoints": endpoints, "uri": "/api/endpoints"})
}

func (s *Server) ngrokEndpoint(w http.ResponseWriter, r *http.Request) error {
	t, err := s.namedTunnel(r)
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, endpointOf(t))
}

func endpointOf(t ngrokTunnel) ngrokEndpoint {
	e := ngrokEndpoint{
		Name: t.Name, URI: "/api/endpoints/" + url.PathEscape(t.Name), URL: t.PublicURL, PublicURL: t.PublicURL, Proto: t.Proto, Metrics: t.Metrics,
	}
	e.Upstream.URL = t.Config.Addr
	return e
}

// ngrokStatus is what ngrok's status has beside ours.
type ngrokStatus struct {
	Status       string `json:"status"`
	AgentVersion string `json:"agent_version"`
	Session      struct {
		Legs []ngrokLeg `json:"legs"`
	} `json:"session"`
	URI string `json:"uri"`
}

type ngrokLeg struct {
	Region  string `json:"region"`
	Latency string `json:"latency"` // "87ms"
}

func ngrokStatusOf(t Status) ngrokStatus {
	o := ngrokStatus{Status: t.Phase, AgentVersion: t.Version, URI: "/api/status"}
	o.Session.Legs = []ngrokLeg{}
	if t.Phase == "online" {
		o.Session.Legs = append(o.Session.Legs, ngrokLeg{t.Relay, t.RTT.Round(time.Millisecond).String()})
	}
	return o
}
