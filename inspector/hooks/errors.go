package hooks

import (
	"errors"
	"fmt"
	"strings"
)

// ErrUnsupported is wrapped by errors of what a sender's API has no call for.
var ErrUnsupported = errors.New("no call for it")

// ErrWish is wrapped by errors of a wish that was not sent, because its sender would not take it.
var ErrWish = errors.New("not sent")

// An Error is a call that its sender refused, or that reached nobody.
type Error struct {
	Do     string // verb and object: "add the webhook"
	Title  string // the sender's proper name
	Status int    // of the answer, 0 for none
	Code   string // the sender's own, "" for none
	Words  string // the sender's own, as they came; "" for none
	Cause  error  // what kept the call from being answered, nil where it was
	Tries  int    // how often it was tried
	// Unsure says that the sender may have done it nevertheless: the call was sent, and its answer was lost, a 5xx, or
	// none that can be read.
	Unsure bool
	// Foreign says that what came is no answer of the sender's API: a redirect, a web page, other JSON.
	Foreign bool
}

func (e *Error) Unwrap() error { return e.Cause }

func (e *Error) Error() string { return "hooks: " + e.Do + ": " + e.Said() }

// Said is the cause alone: what the sender said, or that it said nothing.
func (e *Error) Said() string {
	tries := ""
	if e.Tries > 1 {
		tries = fmt.Sprintf(", tried %d times", e.Tries)
	}
	switch {
	case e.Cause != nil:
		return fmt.Sprintf("%s gave no answer%s: %v", e.Title, tries, e.Cause)
	case e.Words != "" && e.Code != "":
		return fmt.Sprintf("%s says %q (code %s)%s", e.Title, e.Words, e.Code, tries)
	case e.Words != "":
		return fmt.Sprintf("%s says %q%s", e.Title, e.Words, tries)
	case e.Code != "":
		return fmt.Sprintf("%s answered code %s%s", e.Title, e.Code, tries)
	}
	return fmt.Sprintf("%s answered %d without a word%s", e.Title, e.Status, tries)
}

// A Partial is a failure after something was made: that is still there, at the sender.
type Partial struct {
	Made []Hook
	Err  error
}

func (p *Partial) Unwrap() error { return p.Err }

func (p *Partial) Error() string {
	ids := make([]string, len(p.Made))
	for i, h := range p.Made {
		ids[i] = h.ID
	}
	return fmt.Sprintf("%v (made before that: %s)", p.Err, strings.Join(ids, ", "))
}

// partial is err, with what was made before it if there is any.
func partial(made []Hook, err error) error {
	if err == nil || len(made) == 0 {
		return err
	}
	return &Partial{made, err}
}

// Unsupported is the ErrUnsupported of one call.
type Unsupported struct {
	Title   string // the sender's proper name
	What    string // verb and object: "update a webhook"
	Instead string // what to do instead, for people
}

func (u *Unsupported) Unwrap() error { return ErrUnsupported }

func (u *Unsupported) Error() string {
	return fmt.Sprintf("hooks: %s: %v in %s's API; %s", u.What, ErrUnsupported, u.Title, u.Instead)
}

func unsupported(title, what, instead string) error { return &Unsupported{title, what, instead} }

// Wrong is the ErrWish of one wish or option.
type Wrong struct{ Text string }

func (w *Wrong) Unwrap() error { return ErrWish }

func (w *Wrong) Error() string { return fmt.Sprintf("hooks: %v: %s", ErrWish, w.Text) }

// wrongWish says why a wish is not sent.
func wrongWish(format string, args ...any) error { return &Wrong{fmt.Sprintf(format, args...)} }
