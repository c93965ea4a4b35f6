package http1

import (
	"io"
	"iter"
)

// Field is one header or trailer line.
type Field struct {
	Name  string // as written
	Value string // as written, without the blanks around it
}

// Head is what requests and responses have in common.
type Head struct {
	Raw    []byte  // start line to empty line as it came
	Fields []Field // in their order
}

func (h *Head) Get(name string) string           { return "" }
func (h *Head) Values(name string) []string      { return nil }
func (h *Head) HasToken(name, token string) bool { return false }
func (h *Head) Lines() iter.Seq2[Field, []byte]  { return func(func(Field, []byte) bool) {} }
func KeepAlive(minor int, h *Head) bool          { return false }

type Request struct {
	Head
	Method, Target, Proto string
	Minor                 int
}

func (q *Request) Framing() (Framing, int64) { return None, 0 }
func (q *Request) ExpectsContinue() bool     { return false }
func (q *Request) Upgrade() string           { return "" }
func (q *Request) Authority() string         { return "" }
func (q *Request) HostDiffers() bool         { return false }

type Response struct {
	Head
	Status int
	Reason string
	Proto  string
	Minor  int
}

func (p *Response) Framing(method string) (Framing, int64) { return None, 0 }

type Framing int

const (
	None Framing = iota
	Length
	Chunked
	UntilClose
)

func (f Framing) String() string { return "" }

type Reader struct{}

func NewReader(r io.Reader) *Reader                        { return nil }
func (r *Reader) Reset(src io.Reader)                      {}
func (r *Reader) Release()                                 {}
func (r *Reader) Buffered() int                            { return 0 }
func (r *Reader) Peek(n int) ([]byte, error)               { return nil, nil }
func (r *Reader) Read(p []byte) (int, error)               { return 0, nil }
func (r *Reader) WriteTo(w io.Writer) (int64, error)       { return 0, nil }
func (r *Reader) ReadRequest(l Limits) (*Request, error)   { return nil, nil }
func (r *Reader) ReadResponse(l Limits) (*Response, error) { return nil, nil }
func (r *Reader) Body(f Framing, length int64) *Body       { return nil }
func (r *Reader) RawBody(f Framing, length int64) *Body    { return nil }
func ParseRequest(head []byte) (*Request, error)           { return nil, nil }
func ParseResponse(head []byte) (*Response, error)         { return nil, nil }

type Body struct{}

func (b *Body) Read(p []byte) (int, error) { return 0, nil }
func (b *Body) Trailer() []Field           { return nil }
func (b *Body) RawTrailer() []byte         { return nil }

type ChunkedWriter struct{}

func NewChunkedWriter(w io.Writer) *ChunkedWriter                    { return nil }
func (c *ChunkedWriter) Write(p []byte) (int, error)                 { return 0, nil }
func (c *ChunkedWriter) Close(trailer []Field) error                 { return nil }
func AppendHead(dst []byte, startLine string, fields []Field) []byte { return dst }

func StatusText(code int) string         { return "" }
func ValidMethod(s string) bool          { return false }
func ValidTarget(s string) bool          { return false }
func ValidField(name, value string) bool { return false }
