package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"
	xterm "golang.org/x/term"
)

// The law of the terminal:
//
//   - stdout carries what was asked for and nothing else; with --json, objects
//     only, one a line. Notes, hints and errors go to stderr.
//   - A sentence starts in lower case and has no stop. An error is
//     "devhook: SENTENCE", then "hint: WHAT TO DO" on the next line.
//   - Colour only repeats what a word or a mark says. There is none without a
//     terminal, with NO_COLOR or with TERM=dumb.
//   - Nothing is drawn twice but the picture of devhook up (screen.go), and that
//     only on a terminal which is not dumb.
//   - Bytes that came from elsewhere pass through quote, so that no control
//     byte of a sender or an app reaches the terminal.
//   - Columns are fixed; a long path loses its middle, never its end.
//   - A reader that went away ends no recording: writing to stdout may fail,
//     and the command decides what that means.
type term struct {
	mu       sync.Mutex
	out, err io.Writer
	colour   bool
	width    int     // columns of the terminal, 0 when stdout is none
	redraws  bool    // lines of it can be drawn anew
	screen   *screen // what is drawn at the moment; nil for nothing
}

func newTerm(stdout, stderr io.Writer, environ []string) *term {
	t := &term{out: stdout, err: stderr}
	f, ok := stdout.(*os.File)
	if !ok || !xterm.IsTerminal(int(f.Fd())) {
		return t
	}
	// Older consoles of Windows print the codes instead of following them.
	t.colour, t.redraws = true, runtime.GOOS != "windows"
	for _, entry := range environ {
		if entry == "TERM=dumb" || strings.HasPrefix(entry, "NO_COLOR=") && entry != "NO_COLOR=" {
			t.colour = false
		}
		if entry == "TERM=dumb" {
			t.redraws = false
		}
	}
	t.width = 80
	if w, _, err := xterm.GetSize(int(f.Fd())); err == nil && w > 0 {
		t.width = w
	}
	return t
}

// line prints one line of what was asked for.
func (t *term) line(format string, args ...any) error {
	return t.write(fmt.Appendf(nil, format+"\n", args...))
}

// told prints a line that breaks between words where a terminal is narrower;
// what follows is set in by indent columns.
func (t *term) told(indent int, format string, args ...any) error {
	return t.write(t.toldLine(indent, format, args...))
}

// toldLine is what told prints.
func (t *term) toldLine(indent int, format string, args ...any) []byte {
	return append([]byte(t.fold(fmt.Sprintf(format, args...), indent)), '\n')
}

// fold breaks text between words at the width of the terminal.
func (t *term) fold(text string, indent int) string {
	if t.width <= indent+20 {
		return text // no terminal, or one in which breaking helps nobody
	}
	var b strings.Builder
	used, spaces := 0, 0
	for _, word := range strings.Split(text, " ") {
		wide := widthOf(word)
		switch {
		case word == "":
			spaces++
			continue
		case used > indent && used+spaces+wide > t.width:
			b.WriteString("\n" + strings.Repeat(" ", indent))
			used = indent
		default:
			b.WriteString(strings.Repeat(" ", spaces))
			used += spaces
		}
		b.WriteString(word)
		used, spaces = used+wide, 1
	}
	return b.String()
}

// widthOf is how many columns text is on a terminal, its colours not counted.
func widthOf(text string) int { return columns.String(text) }

var columns = displaywidth.Options{ControlSequences: true}

// object prints v as one line of JSON.
func (t *term) object(v any) error {
	b, err := objectLine(v)
	if err != nil {
		return err
	}
	return t.write(b)
}

// objectLine is what object prints.
func objectLine(v any) ([]byte, error) {
	b, err := marshal(v)
	return inert(b), err
}

// marshal is v as one line of JSON.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return b.Bytes(), err
}

// inert writes what a terminal would act on as JSON's own escapes. It stands in
// strings only, and means the same.
func inert(line []byte) []byte {
	odd := func(r rune) bool { return r >= 0x7f && !unicode.IsPrint(r) && r != utf8.RuneError }
	if bytes.IndexFunc(line, odd) < 0 {
		return line
	}
	var b bytes.Buffer
	for _, r := range string(line) {
		switch high, low := utf16.EncodeRune(r); {
		case !odd(r):
			b.WriteRune(r)
		case high != unicode.ReplacementChar:
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.Bytes()
}

// bytes prints what somebody asked for byte by byte. A terminal gets text alone.
func (t *term) bytes(b []byte) error {
	if t.width > 0 && bytes.ContainsFunc(b, func(r rune) bool {
		return r == utf8.RuneError || !unicode.IsPrint(r) && !strings.ContainsRune("\r\n\t", r)
	}) {
		return usage("write it to a file, or through a pipe", "it holds bytes that a terminal would act on")
	}
	return t.write(b)
}

func (t *term) write(b []byte) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	defer t.aside()()
	_, err := t.out.Write(b)
	return err
}

// aside takes the picture off the terminal while a line is printed; what it
// returns puts it back below.
func (t *term) aside() (back func()) {
	s := t.screen
	if s == nil {
		return func() {}
	}
	s.wipe()
	return s.draw
}

// tell prints a line for people beside what was asked for.
func (t *term) tell(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	defer t.aside()()
	fmt.Fprintf(t.err, format+"\n", args...)
}

// fault prints an error and what to do about it. What is quoted already passes
// as it is.
func (t *term) fault(sentence, hint string) {
	if hint != "" {
		hint = "\nhint: " + quote(hint)
	}
	t.tell("devhook: %s%s", quote(sentence), hint)
}

// explain is fault with facts below the sentence and lines to copy below the hint.
func (t *term) explain(sentence string, facts []string, hint string, block []string) {
	text := "devhook: " + quote(sentence) + indented(facts)
	if hint != "" {
		text += "\nhint: " + quote(hint) + indented(block)
	}
	t.tell("%s", text)
}

// indented are lines below another.
func indented(lines []string) string {
	var b strings.Builder
	for _, line := range lines {
		b.WriteString("\n  " + quote(line))
	}
	return b.String()
}

// The colours, by their SGR number (ECMA-48).
const (
	red    = "31"
	green  = "32"
	yellow = "33"
	dim    = "2"
)

func (t *term) paint(sgr, text string) string {
	if !t.colour || sgr == "" {
		return text
	}
	return "\x1b[" + sgr + "m" + text + "\x1b[0m"
}

// verdictColour repeats what the verdict says.
func verdictColour(verdict string) string {
	return map[string]string{"valid": green, "invalid": red, "missing": yellow, "unchecked": dim}[verdict]
}

// quote makes text safe for a terminal: control characters, bytes that are no
// UTF-8 and invisible ones such as direction marks become escapes.
func quote(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, text[i])
		case unicode.IsPrint(r):
			b.WriteRune(r)
		case r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
		i += size
	}
	return b.String()
}

// middle shortens text to n columns by taking from its middle.
func middle(text string, n int) string {
	wide := widthOf(text)
	if wide <= n || n < 1 {
		return text
	}
	head := columns.TruncateString(text, n/3, "")
	room := n - widthOf(head) - 1
	for g := columns.StringGraphemes(text); wide > room && g.Next(); { // what stands last stays
		wide, text = wide-g.Width(), text[len(g.Value()):]
	}
	return head + "…" + text
}

// end shortens text to n columns by taking from its end.
func end(text string, n int) string {
	if n < 1 {
		return text
	}
	return columns.TruncateString(text, n, "…")
}

// shortID is the six last letters of an ID, as they are shown and typed.
func shortID(id string) string {
	return strings.ToLower(id[max(0, len(id)-6):])
}

// millis is a duration as lines show it: 12ms, and 12.3s when it is long.
func millis(d time.Duration) string {
	if d >= 10*time.Second {
		return fmt.Sprintf("%.1fs", d.Seconds())
	}
	return fmt.Sprintf("%dms", d.Milliseconds())
}

const stamp = "2006-01-02 15:04:05"
