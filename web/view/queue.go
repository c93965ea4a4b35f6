package view

import "time"

// QueuePage tells what waits for its app.
type QueuePage struct {
	Page
	Lead   string // how much waits, in a sentence
	Queues []Queue
	Lost   string // what senders do not get while they are answered at once; "" if nothing is lost
}

// Queue is what waits for one app on one route.
type Queue struct {
	ID     string // that of its card
	Name   string // its route
	App    string
	Facts  []Fact
	Paused bool
	Idle   bool // nothing waits in it
	Stuck  bool // nobody delivers it, or the app is not there
	Fields []Pair
	Cancel string // address that asks whether to cancel all
	Rows   []Waiting
	More   int // how many are not listed
}

// Waiting is one request in a queue.
type Waiting struct {
	Href, Short  string
	Method, Path string
	Sender       string
	At           time.Time
	Ago          string
	Fields       []Pair // of the form that cancels it
}
