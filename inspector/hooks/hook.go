package hooks

// A Hook is one webhook as its sender tells it. All texts are the sender's, as they came.
type Hook struct {
	ID     string   // what Update, Remove and Test take
	URL    string   // where its events go
	Events []string // in the sender's words; empty where a sender has no choice of events
	Method string   // how it is called: POST, GET, PUT or JSON; "" where a sender has one way only
	State  string   // in the sender's words; "" where it tells none
	Secret string   // only where the sender tells it; never for a screen, a log or JSON
	Extra  []Field  // what else it tells; secrets in it are masked
}

// A Field is one more thing that a sender tells of a webhook.
type Field struct{ Name, Value string }

// A Wish is what a webhook should be. In an update the zero values mean: as it is.
type Wish struct {
	URL    string
	Events []string
	Method string // "" is the sender's default
	Filter string // seven.io: the number that incoming messages must be for
	Secret string // Telerivet: its secret; seven.io: header lines "Name: value"
	State  string // ricloud, in an update: new or deactivated
	Within string // Telerivet: the project's ID; "" where the account has one only
}

// same says whether a hook is what a wish with one event asked for.
func (h Hook) same(url, event string) bool {
	return h.URL == url && (event == "" || len(h.Events) == 1 && h.Events[0] == event)
}
