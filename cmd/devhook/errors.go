package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"syscall"

	"devhook/cmd/devhook/config"
	"devhook/store"
)

// failure is an error with what to do about it. Only this package gives hints:
// the other rooms say what happened.
type failure struct {
	text  string   // one sentence without a stop; "" when all was said already
	lines []string // facts that belong below the sentence
	hint  string
	block []string // what the hint asks to copy
	code  int
	cause error
}

func (f *failure) Error() string { return f.text }
func (f *failure) Unwrap() error { return f.cause }

// usage is a failure of how devhook was called.
func usage(hint, format string, args ...any) error {
	return &failure{text: fmt.Sprintf(format, args...), hint: hint, code: 2}
}

// failed is a failure of what devhook tried.
func failed(cause error, hint, format string, args ...any) error {
	return &failure{text: fmt.Sprintf(format, args...), hint: hint, code: 1, cause: cause}
}

// exit prints an error and returns the exit code for it.
func (c *cli) exit(err error) int {
	if err == nil {
		return 0
	}
	if faults, ok := errors.AsType[config.Faults](err); ok {
		for _, f := range faults {
			c.term.fault(f.Error(), f.Hint)
		}
		return 2
	}
	f := explained(err)
	if f.text != "" {
		c.term.explain(f.text, f.lines, f.hint, f.block)
	}
	return f.code
}

// explained is an error as it is told.
func explained(err error) *failure {
	if f, ok := errors.AsType[*failure](err); ok {
		return f
	}
	return translate(err)
}

// translate turns an error of another room into a sentence and a hint.
func translate(err error) *failure {
	f := &failure{text: quote(err.Error()), code: 1, cause: err}
	switch {
	case errors.Is(err, syscall.EPIPE):
		f.text = "" // the reader of our output left: nobody is there to be told
	case errors.Is(err, context.Canceled):
		f.text = "interrupted"
	case errors.Is(err, store.ErrFull):
		f.text, f.hint = "the disk is full, nothing was stored", "make room, or move the database with --db"
	case errors.Is(err, store.ErrDamaged):
		f.text, f.hint = "the database is damaged", mend
	case errors.Is(err, store.ErrGone):
		f.text, f.hint = "the database was removed or replaced, nothing is stored", "start devhook up again, it makes a new one; a file put in its place stays as it is"
	case errors.Is(err, store.ErrLocked):
		f.text, f.hint = "another program holds the database", "end it, or use another file with --db"
	case errors.Is(err, store.ErrReadOnly):
		f.text, f.hint = "the database can't be written", "check its permissions, or use another file with --db"
	}
	return f
}

// mend is what to do about a damaged database.
const mend = "end each devhook that uses it; the next devhook up keeps it under another name and begins a new one"

// openFault says why a database could not be opened.
func openFault(path string, err error) error {
	switch {
	case errors.Is(err, store.ErrNewer):
		return failed(err, "update devhook, or use another file with --db", "%s was made by a newer devhook", path)
	case errors.Is(err, store.ErrForeign):
		return failed(err, "name another file with --db; this one was left as it is", "%s isn't a devhook database", path)
	case errors.Is(err, store.ErrDamaged):
		return failed(err, mend, "the database %s is damaged", path)
	case errors.Is(err, store.ErrLocked):
		return failed(err, "end it, or use another file with --db", "another program holds the database %s", path)
	case errors.Is(err, store.ErrReadOnly), errors.Is(err, syscall.EACCES), errors.Is(err, syscall.EROFS):
		return failed(err, "check the permissions of the file and its folder, or use another with --db", "the database %s can't be written", path)
	case errors.Is(err, store.ErrFull):
		return failed(err, "make room, or use another disk with --db", "the disk is full, the database %s can't be opened", path)
	case errors.Is(err, context.Canceled):
		return err
	}
	return failed(err, "check the permissions of the file and its folder, or use another with --db", "the database %s can't be opened: %s", path, reason(err))
}

// reason is the last part of an error, behind the packages and verbs it names,
// without SQLite's number and the quotation mark of what was told in one.
func reason(err error) string {
	text := err.Error()
	if i := strings.LastIndex(text, ": "); i >= 0 {
		text = text[i+2:]
	}
	if strings.Count(text, `"`)%2 == 1 {
		text = strings.TrimSuffix(text, `"`)
	}
	return quote(numbered.ReplaceAllString(text, ""))
}

var numbered = regexp.MustCompile(` \(\d+\)$`)

// idFault says why an ID found no request.
func idFault(ref string, err error) error {
	switch {
	case errors.Is(err, store.ErrNotFound) && ref == "latest":
		return failed(err, "start devhook up and send a webhook", "nothing is recorded yet")
	case errors.Is(err, store.ErrNotFound):
		return failed(err, "devhook requests lists them", "no request has the ID %q", ref)
	case errors.Is(err, store.ErrAmbiguous):
		return failed(err, "write more of its letters", "several requests fit the ID %q", ref)
	}
	return err
}
