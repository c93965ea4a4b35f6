package web

import "time"

// Status is what the room shows of the tunnel, the addresses and the app.
type Status struct {
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
}

// countedObject is GET /api/status: the same with the counts, and with what ngrok's own has.
type countedObject struct {
	statusObject
	ngrokStatus
	Requests int                `json:"requests"`
	Failed   int                `json:"failed"`
	Latency  map[string]float64 `json:"latency_ms"`
}

func statusOf(t Status) statusObject {
	return statusObject{
		State: t.Phase, Probed: t.Probed, Since: stampOrNull(t.Since), Attempt: t.Attempt, Next: stampOrNull(t.Next),
		Problem: t.Problem, PublicURL: t.PublicURL, InspectorURL: t.InspectorURL, LocalURL: t.App, Relay: t.Relay,
		RTT: float64(t.RTT.Microseconds()) / 1000, DB: t.DB, Version: t.Version,
	}
}

func stampOrNull(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	v := stamp(t)
	return &v
}
