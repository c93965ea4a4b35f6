package view

// Edit is a capture as it can be changed and sent once more.
type Edit struct {
	Page
	ID, Short, Title string
	Action, Back     string
	Nonce            string
	Method           string
	Methods          []string
	Target, To       string
	Apps             []string
	Lines            []EditLine
	Framing          [2]string // the line about the body's length, and what becomes of it
	Body             EditBody
	Sign             Signing
	Resign           bool
	Reveal           bool
	Masked           int // values that are hidden
	Changes          []Change
	Wrong            string
	Warning          string

	WasMethod, WasTarget, WasTo string // what the fields were filled with at first
}

// EditLine is a row of the headers. Of is the recorded line it was filled with, "" for a row that was added.
type EditLine struct {
	At, Of            string
	Name, Value       string
	WasName, WasValue string
	New               bool
	Masked            bool
	Signed            bool // signing anew replaces it
}

// EditBody is the body to be sent: text to edit, or a body that is kept or replaced.
type EditBody struct {
	Text     string
	Was      string // what it was filled with at first
	WhyNot   string // why it can't be edited as text; "" if it can
	Replace  bool
	FileGone bool // a file was chosen, and a page can't choose it again
	Size     string
	JSON     bool
	Fault    string // what is wrong with the JSON
	Unseen   bool   // it holds characters that can't be seen
}

// Signing is what a fresh signature computes.
type Signing struct {
	Sets   []string
	Says   []Part // what is computed, with which secret
	URL    string
	WhyNot string
	Seals  bool // an edit breaks the signature that came
}

// Change is one part of a request that differs from what came.
type Change struct{ Part, Now, Note string }
