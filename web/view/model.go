// Package view draws the inspector's pages: templ components and the models they are filled from.
//
// It imports nothing of ours and decides nothing: package web turns captures and deliveries into these models, with
// credentials already masked and control characters already made visible. Everything here reaches a page as escaped
// text or as a sanitised attribute.
package view

import "time"

// Page is what every page has around its content.
type Page struct {
	Title   string
	Theme   string // "light", "dark", or "" for the system's
	View    string // "list" or "detail": which pane a narrow screen shows
	Section string // "requests", "status" or "queue": the section marked as current
	Held    int    // how many requests wait for their app
	Tunnel  Tunnel
	DB      string // where captures are kept
	Version string
}

// Tunnel is the address in the top bar and the banner under it.
type Tunnel struct {
	State     string // "online", "connecting", "offline"; "" hides the pill
	Word      string // what the pill says
	PublicURL string
	App       string // host and port the address leads to
	More      string // how many other tunnels there are: "2 more"; "" for none
	Relay     string // "relay.example.com over wss, 18 ms"
	Banner    *Banner
}

// Banner is one sentence above the page and what to do.
type Banner struct {
	Tone  string // a verdict word: the banner takes its colour
	Icon  string
	Title string
	Text  string
	Alert bool // interrupts a screen reader
}

// Answer is the app's answer in a word and a shape.
type Answer struct {
	Class string // "2xx" to "5xx", "none", "wait"
	Taken string // "yes", "no", or "" while no sender judges it
	Text  string // "204", "none", "wait", "held", "?"
}

// Mark is a small sign in a row; Count is shown when it isn't empty.
type Mark struct{ Icon, Title, Count string }

// Row is one capture in the list.
type Row struct {
	ID, Href      string
	Seq           int64
	Current       bool
	Verdict       string
	Method, Path  string
	Event, Sender string // Sender "" is an unknown one
	Marks         []Mark
	Answer        Answer
	Took          string // "38 ms", or ""
	Note          string
	Fail          bool // the note tells of a failure
	Returned      bool // the sender counts it as failed
	At            time.Time
	Ago           string
}

// Rows is a stretch of the list, newest first, and its counts.
type Rows struct {
	Rows   []Row
	Total  int    // captures the filter finds, counted up to one more than CountMost
	Failed int    // failed ones among all, likewise
	Older  string // address of what comes after; "" at the end
	More   string // address of the rows that come after
}

// List is the list pane.
type List struct {
	Rows
	Fault    string // why the search can't be understood
	All      int    // captures stored, filter or not
	Paged    bool   // not the first page: nothing new is put in
	Newest   string // address of the first page
	Fragment string // address the rows are fetched from again
	Kept     []Pair // the search, kept through forms
}

// Filter is the tool bar over the list.
type Filter struct {
	Search     string // what the search box holds
	Fault      string // why it can't be understood, in a sentence
	Help       []SearchKey
	Failed     bool
	FailedHref string
	Count      int // failed captures
	Menus      []Menu
	ResendHref string
	ClearHref  string
}

// Menu is one filter with its choices; a set one shows its value and a cross.
type Menu struct {
	Label, Value string
	Clear        string
	Items        []Choice
}

// Choice is one entry of a Menu.
type Choice struct{ Label, Href string }

// SearchKey is a filter that a search may hold: an example, which can be tried, and what its value must be.
type SearchKey struct{ Example, Wants, Href string }

// Completion is one way to go on with a search, and what the box holds then, before and after the caret.
type Completion struct{ Text, Says, Before, After string }

// Pair is a hidden form field.
type Pair struct{ Name, Value string }

// Home is the main page: tool bar, list and the selected capture.
type Home struct {
	Page
	Filter Filter
	List   List
	Detail *Detail // nil: nothing to show
}

// Confirm asks before something is sent many times or deleted.
type Confirm struct {
	Page
	Heading, Text string
	Action        string // where the form posts to
	Button, Icon  string
	Fields        []Pair
	Cancel        string // address to go back to
	None          bool   // there is nothing to do: only the way back is shown
}

// Fault is an error page.
type Fault struct {
	Page
	Status     int
	Heading    string
	Text, Word string // Word: what HTTP calls the status
	Link       string // address that helps on; "" if there is none
	LinkText   string
}

// First is the page before anything has come.
type First struct {
	Page
	Lead         []Part // what happens to what is sent
	Curl, Verify string // command lines
	Reach        string // who can call the address, in a sentence
	ReachHint    string // what to do about it
	From         string // "machine" when only this one reaches the address
}
