package web

import (
	"net/http"
	"time"

	"devhook/store"
)

// Status is what the room shows of the tunnel, the addresses and the app.
type Status struct {
	Name    string    // what this tunnel is called where there are several; "" where there is one
	Phase   string    // "online", "connecting" or "offline"
	Probed  bool      // a request made the round trip through the public address
	Since   time.Time // when Phase began; zero if unknown
	Attempt int       // number of the attempt while connecting
	Next    time.Time // when it is tried again; zero if now
	Problem string    // one sentence: why the tunnel isn't online; "" if it is

	PublicURL    string // what senders call: "http://127.0.0.1:8080"
	InspectorURL string // "http://localhost:4040"
	App          string // base URL of the app: "http://localhost:3000"
	Relay        string // for people: "embedded", "relay.example.com over wss"
	RTT          time.Duration
	Reach        string // who reaches PublicURL: "machine", "network", "internet"; "" is told from the URL
	DB           string // path of the database
	Version      string

	Others []Status // the other tunnels of this devhook; theirs are empty

	Reconnects int      // how often the tunnel came back since the start
	History    []Moment // what happened to the tunnel, the latest first

	Keep     time.Duration // captures older than this are deleted; 0: none are for their age
	KeepSize int64         // bytes of captures, over which the oldest are deleted; 0: none are for their size
	DiskFree int64         // bytes that may still be written where the database lies; 0 if unknown
}

// Moment is a change of the tunnel.
type Moment struct {
	At    time.Time
	Phase string // "online", "connecting" or "offline"
	Text  string // a fragment of a sentence
}

// statusObject is the event `tunnel`.
type statusObject struct {
	State        string  `json:"state"`
	Probed       bool    `json:"probed"`
	Since        *string `json:"since"`
	Attempt      int     `json:"attempt,omitempty"`
	Next         *string `json:"next,omitempty"`
	Problem      string  `json:"problem,omitempty"`
	PublicURL    string  `json:"public_url"`
	InspectorURL string  `json:"inspector_url"`
	LocalURL     string  `json:"local_url"`
	Relay        string  `json:"relay"`
	RTT          float64 `json:"rtt_ms"`
	DB           string  `json:"db"`
	Version      string  `json:"version"`
	Reconnects   int     `json:"reconnects"`

	Tunnel string         `json:"tunnel,omitempty"` // its name, where there are several
	Others []statusObject `json:"others,omitempty"`
}

// countedObject is GET /api/status: the same with the counts, how long the app took in the time that is asked for, and what
// ngrok's own has.
type countedObject struct {
	statusObject
	ngrokStatus
	Requests int                `json:"requests"`
	Failed   int                `json:"failed"`
	Held     int                `json:"held"`
	Range    string             `json:"range"`
	Answers  int                `json:"answers"` // that the latencies are told from
	Latency  map[string]float64 `json:"latency_ms"`
}

func statusOf(t Status) statusObject {
	var others []statusObject
	for _, o := range t.Others {
		others = append(others, statusOf(o))
	}
	return statusObject{
		Tunnel: t.Name, Others: others,
		State: t.Phase, Probed: t.Probed, Since: stampOrNull(t.Since), Attempt: t.Attempt, Next: stampOrNull(t.Next),
		Problem: t.Problem, PublicURL: t.PublicURL, InspectorURL: t.InspectorURL, LocalURL: t.App, Relay: t.Relay,
		RTT: float64(t.RTT.Microseconds()) / 1000, DB: t.DB, Version: t.Version,
		Reconnects: t.Reconnects,
	}
}

func stampOrNull(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	v := stamp(t)
	return &v
}

func (s *Server) apiStatus(w http.ResponseWriter, r *http.Request) error {
	sp, err := windowOf(r.URL.Query().Get("range"))
	if err != nil {
		return err
	}
	all, err := s.cfg.Store.Count(r.Context(), store.Filter{})
	if err != nil {
		return err
	}
	failed, err := s.cfg.Store.Count(r.Context(), store.Filter{Failed: true})
	if err != nil {
		return err
	}
	held, err := s.cfg.Store.CountAllHeld(r.Context())
	if err != nil {
		return err
	}
	answers, err := s.cfg.Store.Answers(r.Context(), sp.from(s.now()), answersMost)
	if err != nil {
		return err
	}
	now := s.status()
	return reply(w, http.StatusOK, countedObject{statusOf(now), ngrokStatusOf(now), all, failed, held, sp.name, len(answers), latencies(answers)})
}

// latencies are the app's, in milliseconds; nil if it answered nothing.
func latencies(answers []store.Answer) map[string]float64 {
	if len(answers) == 0 {
		return nil
	}
	sorted, out := durations(answers), map[string]float64{}
	for _, p := range percentiles {
		out[p.name] = float64(percentile(sorted, p.of).Microseconds()) / 1000
	}
	return out
}
