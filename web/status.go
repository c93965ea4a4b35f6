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
