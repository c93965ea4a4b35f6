package view

import "time"

// Detail is one capture, opened.
type Detail struct {
	ID, Short    string
	Method, Path string
	Verdict      string
	Event        string
	Sender       string // "" is an unknown one
	Answers      []Labelled
	At           time.Time
	Clock        string
	Pinned       bool
	Nonce        string // makes one replay of a double click
	WhyNot       string // why it can't be replayed; "" if it can
	NotEdited    string // why it can't be edited and sent
	Note         string // the user's own, as it was typed
	Filters      []Pair // the list's filters, kept through forms
	Query        string // the same as a query, starting with "?" or ""
	Back         string // address of the list
	Malformed    bool   // it is no request that could be written as curl or HAR
	Delete       string // address that asks before deleting
	Tab          string
	Tabs         []Tab
	Reveal       bool     // all credentials are shown
	Lifted       []string // references of the ones that are shown by themselves
	Notice       string   // what was just done: "Replayed: 200 in 12 ms"
	NoticeFail   bool

	Callout    Callout
	Way        []Station
	Deliveries []Delivery
	NoneYet    string // why there are none
	Facts      []Fact
	Headers    Headers
	Body       Body
	Raw        Raw
}

// export is the address of the capture in another form, with its credentials if they are shown here too.
func (d Detail) export(as string) string {
	to := "/api/requests/" + d.ID + "/export?as=" + as
	if d.Reveal {
		to += "&reveal=1"
	}
	return to
}

// Labelled is an answer and how it came about: "live", "replayed".
type Labelled struct {
	Answer Answer
	Label  string
}

// Tab is one of the five views of a capture; every one has an address.
type Tab struct {
	Name, Title, Count string
	Href               string
	Key                string
	Lazy               bool // its panel is rendered only when asked for
}

// Callout explains the verdict, or the state if that is the bigger news.
type Callout struct {
	Verdict, Icon, Title string
	Text                 string
	Checks               []Check
	Hints                []Hint
}

// Check is one thing that was looked at.
type Check struct {
	OK   bool
	Text string
}

// Hint is a sentence with code in it, or a command line to copy.
type Hint struct {
	Parts   []Part
	Command string
}

// Part is a piece of a sentence.
type Part struct {
	Text string
	Code bool
}

// Station is one of five on a request's way.
type Station struct {
	Name  string
	Lines []string
	At    string // "", "bad", "skip"
	Icon  string
	Shape bool // the icon is an answer's shape, drawn smaller
	Fail  bool // the lines tell of a failure
	Class string
}

// Delivery is one handing-over to the app.
type Delivery struct {
	ID, Title string
	Answer    Answer
	Took      string
	Clock     string // to the millisecond
	At        time.Time
	Icon      string // "taken", "returned", "station"
	Tone      string // "good", "bad", ""
	To        string
	Note      []Part
	Fail      string   // how the sender counts it, if as failed
	More      []string // sentences: what else the sender makes of the answer
	Head      string   // the answer, masked
	Body      Text
	Size      string // "27 B"; "" when there was no answer
	Compare   string // address of a diff with the live delivery; "" if there is none
}

// Fact is a line of the facts table.
type Fact struct {
	Name string
	Text string
	Code bool
	Href string
	Link string // text of the link, after Text
}

// Headers are the request's head lines in their order.
type Headers struct {
	Query  []Field // the target's parameters
	Lines  []Header
	Broken string // why there is no table
	Masked int
}

// Header is one line. Proof marks what proves the sender.
type Header struct {
	Name, Value string
	Masked      bool
	Proof       bool
	Secret
}

// Secret is a value that is masked where nobody asks for it. Ref is what it is asked for by, or "" if it can't be had by
// itself; Lifted says that it is shown now.
type Secret struct {
	Ref    string
	Lifted bool
}

// Body is the pretty view: of Tree, Groups, Parts and Text one is filled, or none for an empty body. An Image stands
// beside its Text, which is its bytes.
type Body struct {
	Kind    string // "JSON", "form", "XML", "multipart", "image", "text", "binary", "empty"
	Said    string // "well-formed JSON", or why it isn't shown as what it claims to be
	Good    bool
	Mistake *Mistake // where it stops being what it claims to be
	Image   *Image
	Tree    *Node
	Groups  []Group
	Parts   []BodyPart
	Text    Text
	Cut     string // what isn't shown, in a sentence
	Save    string // address of the very bytes
	Masked  int
}

// Mistake is a place in a text: its line with a caret under the character that is wrong.
type Mistake struct{ Where, What, Source, Caret string }

// Image is a body that can be shown as a picture.
type Image struct {
	Src, Alt      string
	Width, Height int // pixels
}

// BodyPart is one part of a multipart body.
type BodyPart struct {
	Name, File string // "" if it has none
	Size       string
	Headers    []Header
	Masked     int // values masked in its headers and by its name
	Body       Body
	Secret
}

// Node is a JSON value in the tree.
type Node struct {
	Key      string
	Keyed    bool
	Kind     string // "object", "array", "s", "n", "w"
	Text     string // a scalar as it is written; a collection's count: "{7}"
	Aka      string // what the value says in other words
	Children []*Node
	Open     bool
	Secret
}

// Group is a run of form fields; the nameless one holds the plain fields.
type Group struct {
	Name   string
	Fields []Field
}

// Field is one decoded form field or parameter.
type Field struct {
	Name, Value, Aka string
	Hidden           bool // the value is masked
	Secret
}

// Text is captured text, or a hex dump of what isn't text.
type Text struct {
	Text string
	Hex  bool
	Cut  string // what isn't shown, in a sentence
}

// Raw is the request as it came.
type Raw struct {
	Head   string
	Body   Text
	Said   string
	Masked int
	Save   string
}
