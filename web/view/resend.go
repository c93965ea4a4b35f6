package view

// Resend is a run of captures that are sent again, one after another.
type Resend struct {
	Page
	ID, Title, Said       string
	State                 string // "under way", "done", "cancelled", "stopped"
	Running               bool
	All, Done             int
	Taken, Failed, Passed int
	Sent                  []Sending // the latest first
	More                  int       // earlier ones that are not listed
}

// Sending is what became of one of them.
type Sending struct {
	Short, Href string
	To          string
	Answer      Answer
	Took        string
	Fail        string // how it counts as failed
	Why         string // why nothing was sent
}
