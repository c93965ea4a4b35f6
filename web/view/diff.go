package view

import (
	"context"
	"io"
	"strings"
	"time"

	"github.com/a-h/templ"
)

// Diff is the page that sets two captures or deliveries side by side.
type Diff struct {
	Page
	Lead     string // how the two belong together and how much differs, in a sentence or two
	A, B     DiffSide
	Back     string // address of the capture that was looked at
	BackTo   string // its short ID
	Swap     string // address with the sides changed over
	All      bool   // what is the same is shown too
	AllHref  string // address with that changed
	Raw      bool   // bodies are compared as they were written
	RawHref  string // address with that changed; "" if there is no other way to compare them
	Sections []DiffSection
	Stops    int // differences to go to: change-1, change-2, …
}

// DiffSide is one of the two.
type DiffSide struct {
	Letter  string // "A" or "B"
	Title   string
	Href    string // the page it is shown on
	Verdict string
	Answer  Answer
	Took    string
	At      time.Time
	Clock   string
	Short   string
}

// DiffSection is one thing that both have: the answer, the body, the head.
type DiffSection struct {
	ID, Title string
	End       string   // "3 of 17 differ"
	Notes     []string // what the rows don't show, in sentences
	Lines     bool     // the rows are numbered lines of text; otherwise they have names
	Hex       bool
	Chunks    []DiffChunk
	Cut       string // what isn't shown, in a sentence
}

// DiffChunk is a run of rows; one with a Fold is folded under it. Without rows the Fold alone is said.
type DiffChunk struct {
	Fold string
	Rows []DiffRow
}

// DiffRow is a field or line of both sides. Mark is "≠", "−", "+", or "" where both are the same; Says is the same in
// words.
type DiffRow struct {
	Stop       int // its number among the differences if one starts here; 0 otherwise
	Mark, Says string
	Name       string
	NumA, NumB string
	A, B       DiffCell
}

// DiffCell is one side of a row.
type DiffCell struct {
	Gone  bool // it has no such line
	Parts []DiffPart
	Said  string // of a masked value: "same" or "differs"
}

// DiffPart is a piece of text; Mark says that it differs, Left that it stands for text that is left out.
type DiffPart struct {
	Text       string
	Mark, Left bool
}

// DiffChoice asks what to compare with.
type DiffChoice struct {
	Page
	A       *DiffSide // nil: neither is chosen yet
	Ref     string    // its ID
	Back    string
	Choices []DiffOption
}

// DiffOption is something to compare with; Why says what makes it worth a look.
type DiffOption struct {
	Why, Href string
	Side      DiffSide
}

// class is the tint of a cell: of what differs and is there.
func (r DiffRow) class(c DiffCell, name string) string {
	switch {
	case c.Gone:
		return "gone"
	case r.Mark != "":
		return name
	}
	return ""
}

// diffText is a cell's text. It is written by hand because every space counts in it, and templ puts some between elements.
func diffText(c DiffCell) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		var b strings.Builder
		for _, p := range c.Parts {
			start, end := "", ""
			switch {
			case p.Left:
				start, end = `<span class="left">`, "</span>"
			case p.Mark:
				start, end = "<mark>", "</mark>"
			}
			b.WriteString(start + templ.EscapeString(p.Text) + end)
		}
		if c.Said != "" {
			b.WriteString(` <span class="said">` + templ.EscapeString(c.Said) + "</span>")
		}
		_, err := io.WriteString(w, b.String())
		return err
	})
}
