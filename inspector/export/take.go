package export

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"devhook/store"
	"devhook/tunnel/http1"
)

// The bounds of what is read back.
const (
	TakeFile    = 128 << 20 // bytes of a file
	TakeEntries = 10_000    // requests in it
	TakeBody    = 32 << 20  // bytes of one body
)

// Taken is a request out of a file, without ID, sender or verdict: its arrival facts, as far as the file has them.
type Taken struct {
	Capture *store.Capture
	Body    []byte
	Masked  bool   // it holds masked credentials: it is not what its sender sent
	Was     string // the verdict where it was recorded, "" if the file has none
}

// A TakeFault says why a file can't be read.
type TakeFault struct {
	Entry int // the request it is about, from 1; 0: the whole file
	Text  string
}

func (f *TakeFault) Error() string {
	if f.Entry == 0 {
		return "export: read: " + f.Text
	}
	return fmt.Sprintf("export: read request %d: %s", f.Entry, f.Text)
}

// Take reads a HAR, or captures as devhook writes them in JSON: one, a list, or one after another. left counts the entries of
// a HAR that are no HTTP requests, such as data: and WebSocket addresses. A file with a fault is taken in no part: the error
// is a *TakeFault, or what r said.
func Take(r io.Reader) (all []Taken, left int, err error) {
	in := &io.LimitedReader{R: r, N: TakeFile + 1}
	t := taker{}
	dec := json.NewDecoder(unmarked(in))
	for {
		var raw json.RawMessage
		switch err := dec.Decode(&raw); {
		case in.N <= 0:
			return nil, 0, &TakeFault{0, fmt.Sprintf("it is longer than %d MiB", TakeFile>>20)}
		case errors.Is(err, io.EOF) && t.values == 0:
			return nil, 0, &TakeFault{0, "it is empty"}
		case errors.Is(err, io.EOF):
			return t.all, t.left, nil
		case isSyntax(err):
			return nil, 0, &TakeFault{0, fmt.Sprintf("it is no JSON, from byte %d on", dec.InputOffset())}
		case err != nil:
			return nil, 0, err
		}
		t.values++
		if err := t.value(raw); err != nil {
			return nil, 0, err
		}
	}
}

// unmarked leaves out the mark that programs on Windows put before UTF-8.
func unmarked(r io.Reader) io.Reader {
	const mark = "\ufeff"
	b := bufio.NewReader(r)
	if first, _ := b.Peek(len(mark)); string(first) == mark {
		_, _ = b.Discard(len(mark)) // they are there
	}
	return b
}

func isSyntax(err error) bool {
	_, syntax := errors.AsType[*json.SyntaxError](err)
	return syntax || errors.Is(err, io.ErrUnexpectedEOF)
}

type taker struct {
	all    []Taken
	left   int
	values int
	entry  int
}

// value takes one JSON value: a list, a HAR or a capture.
func (t *taker) value(raw json.RawMessage) error {
	if raw[0] != '[' {
		return t.object(raw)
	}
	var items bounded[json.RawMessage]
	if err := json.Unmarshal(raw, &items); err != nil {
		return t.unreadable(err)
	}
	for _, item := range items {
		if err := t.object(item); err != nil {
			return err
		}
	}
	return nil
}

func (t *taker) object(raw json.RawMessage) error {
	if raw[0] != '{' {
		return &TakeFault{t.entry + 1, "here an object is wanted"}
	}
	var form struct {
		Log *struct {
			Entries bounded[json.RawMessage] `json:"entries"`
		} `json:"log"`
	}
	if err := json.Unmarshal(raw, &form); err != nil {
		return t.unreadable(err)
	}
	if form.Log == nil {
		return t.take(raw, new(takenCapture))
	}
	for _, one := range form.Log.Entries {
		if err := t.take(one, new(takenEntry)); err != nil {
			return err
		}
	}
	return nil
}

// take reads one request, so that no more than one is held in pieces.
func (t *taker) take(raw json.RawMessage, one interface{ taken() (*Taken, error) }) error {
	if err := json.Unmarshal(raw, one); err != nil {
		return t.unreadable(err)
	}
	return t.add(one.taken())
}

// bounded is a list of a file: a short text could otherwise take a lot of memory.
type bounded[T any] []T

func (b *bounded[T]) UnmarshalJSON(raw []byte) error {
	dec := json.NewDecoder(bytes.NewReader(raw))
	if open, err := dec.Token(); err != nil || open != json.Delim('[') {
		return err // null is an empty list; what is none is left out
	}
	for dec.More() {
		var one T
		if err := dec.Decode(&one); err != nil {
			return err
		}
		if *b = append(*b, one); len(*b) > TakeEntries {
			return fmt.Errorf("a list has more than %d entries", TakeEntries)
		}
	}
	return nil
}

// unreadable names the place where JSON has another form than a capture or a HAR.
func (t *taker) unreadable(err error) error {
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return &TakeFault{t.entry + 1, fmt.Sprintf("neither of a HAR nor of devhook: %s holds a %s", wrong.Field, wrong.Value)}
	}
	if _, ok := errors.AsType[*time.ParseError](err); ok {
		return &TakeFault{t.entry + 1, "its received_at is no time as in 2026-11-21T22:10:03Z"}
	}
	return &TakeFault{0, err.Error()}
}

var errLeft = errors.New("no HTTP request")

func (t *taker) add(one *Taken, err error) error {
	t.entry++
	switch {
	case t.entry > TakeEntries:
		return &TakeFault{0, fmt.Sprintf("it has more than %d requests", TakeEntries)}
	case errors.Is(err, errLeft):
		t.left++
		return nil
	case err != nil:
		return &TakeFault{t.entry, err.Error()}
	}
	t.all = append(t.all, *one)
	return nil
}

// takenCapture is a capture in full, as the API and the command line write it.
type takenCapture struct {
	ReceivedAt time.Time          `json:"received_at"`
	State      store.State        `json:"state"`
	PublicURL  string             `json:"public_url"`
	RemoteAddr string             `json:"remote_addr"`
	Verdict    string             `json:"verdict"`
	Note       string             `json:"note"`
	Head       *string            `json:"head"`
	HeadBase64 []byte             `json:"head_base64"`
	Trailers   bounded[[2]string] `json:"trailers"`
	Masked     bool               `json:"masked"`
	Body       struct {
		Text      *string `json:"text"`
		Base64    []byte  `json:"base64"`
		Truncated bool    `json:"truncated"`
	} `json:"body"`
}

func (c *takenCapture) taken() (*Taken, error) {
	head := c.HeadBase64
	switch {
	case head == nil && c.Head == nil:
		return nil, errors.New("it has no head: devhook export ID --as json writes one")
	case head == nil:
		head = []byte(*c.Head)
	}
	t := &Taken{Body: c.Body.Base64, Masked: c.Masked, Was: c.Verdict, Capture: &store.Capture{
		ReceivedAt: c.ReceivedAt, State: store.Complete, PublicURL: c.PublicURL, RemoteAddr: c.RemoteAddr, Note: c.Note, Head: head,
	}}
	if c.Body.Text != nil {
		t.Body = []byte(*c.Body.Text)
	}
	if c.State == store.Malformed || c.State == store.Incomplete {
		t.Capture.State = c.State
	}
	if c.Body.Truncated {
		t.Capture.State = store.Incomplete
	}
	for _, f := range c.Trailers {
		if !http1.ValidField(f[0], f[1]) {
			return nil, fmt.Errorf("%q can't be a trailer", f[0])
		}
		t.Capture.Trailer = append(t.Capture.Trailer, f[0]+": "+f[1]+"\r\n"...)
	}
	return t, t.settle()
}

// settle checks head and body as if they came over the wire, and takes from the head what it says.
func (t *Taken) settle() error {
	c := t.Capture
	if len(t.Body) > TakeBody {
		return fmt.Errorf("its body is longer than %d MiB", TakeBody>>20)
	}
	hidden := []byte(Hidden)
	t.Masked = t.Masked || bytes.Contains(c.Head, hidden) || bytes.Contains(t.Body, hidden)
	q, err := http1.NewReader(bytes.NewReader(c.Head)).ReadRequest(http1.Limits{})
	if c.State == store.Malformed {
		return t.settleMalformed(q)
	}
	if err != nil {
		return fmt.Errorf("its head is none: %s", faultText(err))
	}
	if len(q.Raw) != len(c.Head) {
		return errors.New("something follows the empty line of its head")
	}
	framing, length := q.Framing()
	c.Method, c.Target, c.Proto, c.Host, c.Framing = q.Method, q.Target, q.Proto, q.Get("Host"), framing.String()
	if c.State == store.Incomplete || framing == http1.Chunked || framing == http1.None && len(t.Body) == 0 || length == int64(len(t.Body)) {
		return nil
	}
	if t.Masked { // a mask may change the length
		c.Head = withLength(&q.Head, len(t.Body))
		return nil
	}
	return fmt.Errorf("its body has %d bytes, its head says %d", len(t.Body), max(0, length))
}

// settleMalformed keeps the bytes of what was never understood, and the words that can be read.
func (t *Taken) settleMalformed(q *http1.Request) error {
	if len(t.Capture.Head) > maxMalformed {
		return fmt.Errorf("its head is longer than %d KiB", maxMalformed>>10)
	}
	if q != nil {
		t.Capture.Method, t.Capture.Target, t.Capture.Proto, t.Capture.Host = q.Method, q.Target, q.Proto, q.Get("Host")
	}
	return nil
}

// maxMalformed bounds a head that no parser bounds: the limit of well-formed ones.
const maxMalformed = 64 << 10

func faultText(err error) string {
	if bad, ok := errors.AsType[*http1.Error](err); ok {
		return bad.Reason
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return "its empty line is missing"
	}
	return err.Error()
}

// withLength is a head with another Content-Length, at the place of the old one.
func withLength(h *http1.Head, n int) []byte {
	var fields []http1.Field
	for _, f := range h.Fields {
		if strings.EqualFold(f.Name, "Content-Length") {
			f.Value = fmt.Sprint(n)
		}
		fields = append(fields, f)
	}
	start, _, _ := strings.Cut(strings.TrimLeft(string(h.Raw), "\r\n"), "\n")
	return http1.AppendHead(nil, strings.TrimSuffix(start, "\r"), fields)
}
