package export

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"devhook/store"
)

// An Exchange is a capture and what the app answered to one delivery of it; a nil Delivery is none.
type Exchange struct {
	Capture  *store.Capture
	Body     []byte
	Delivery *store.Delivery
	Answer   []byte // the body of the answer, as far as it was recorded
}

// HAR is a file in the HTTP Archive format 1.2, which browsers and HTTP clients read. JSON knows no bytes: a body that is
// no UTF-8 stands in it as base64, said in "encoding", and a value of a header that is none gets U+FFFD for what isn't.
func HAR(list []Exchange, version string, m *Mask) ([]byte, error) {
	entries := []harEntry{}
	for _, e := range list {
		if e.Capture.State == store.Malformed {
			return nil, malformed(e.Capture, "HAR")
		}
		entries = append(entries, entryOf(e, m))
	}
	log := map[string]any{
		"version": "1.2", "creator": map[string]string{"name": "devhook", "version": version}, "pages": []any{}, "entries": entries,
	}
	out, err := json.MarshalIndent(map[string]any{"log": log}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("export: write HAR: %w", err)
	}
	return append(out, '\n'), nil
}

type harEntry struct {
	Started  string             `json:"startedDateTime"`
	Time     float64            `json:"time"` // milliseconds
	Request  harRequest         `json:"request"`
	Response harResponse        `json:"response"`
	Cache    struct{}           `json:"cache"`
	Timings  map[string]float64 `json:"timings"`
	Comment  string             `json:"comment,omitempty"`
}

type harRequest struct {
	Method      string   `json:"method"`
	URL         string   `json:"url"`
	Version     string   `json:"httpVersion"`
	Cookies     []any    `json:"cookies"`
	Headers     []harNV  `json:"headers"`
	Query       []harNV  `json:"queryString"`
	PostData    *harText `json:"postData,omitempty"`
	HeadersSize int      `json:"headersSize"`
	BodySize    int64    `json:"bodySize"`
}

type harResponse struct {
	Status      int     `json:"status"` // 0: there was no answer
	StatusText  string  `json:"statusText"`
	Version     string  `json:"httpVersion"`
	Cookies     []any   `json:"cookies"`
	Headers     []harNV `json:"headers"`
	Content     harText `json:"content"`
	RedirectURL string  `json:"redirectURL"`
	HeadersSize int     `json:"headersSize"`
	BodySize    int64   `json:"bodySize"`
	Error       string  `json:"_error,omitempty"`
}

type harNV struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type harText struct {
	Size     *int64 `json:"size,omitempty"`
	MimeType string `json:"mimeType"`
	Text     string `json:"text"`
	Encoding string `json:"encoding,omitempty"`
}

func entryOf(e Exchange, m *Mask) harEntry {
	c := e.Capture
	full := m.Target(publicURL(c))
	kind := headValue(c.Head, "Content-Type")
	out := harEntry{
		Started: c.ReceivedAt.UTC().Format(time.RFC3339Nano), Timings: map[string]float64{"send": 0, "wait": 0, "receive": 0},
		Request: harRequest{
			Method: c.Method, URL: full, Version: c.Proto, Cookies: []any{}, Headers: harHeaders(c.Head, m), Query: harQuery(full),
			HeadersSize: len(c.Head), BodySize: c.BodySize,
		},
		Response: harResponse{Cookies: []any{}, Headers: []harNV{}, HeadersSize: -1, BodySize: -1},
		Comment:  "devhook " + c.ID,
	}
	if len(e.Body) > 0 {
		text := harBody(kind, m.Body(kind, e.Body))
		out.Request.PostData = &text
	}
	if d := e.Delivery; d != nil {
		out.Time = float64(d.Duration.Microseconds()) / 1000
		out.Timings["wait"] = out.Time
		out.Response = responseOf(d, e.Answer, m)
	}
	return out
}

func responseOf(d *store.Delivery, body []byte, m *Mask) harResponse {
	kind := headValue(d.Head, "Content-Type")
	r := harResponse{
		Status: d.Status, StatusText: http.StatusText(d.Status), Cookies: []any{}, Headers: harHeaders(d.Head, m),
		Content: harBody(kind, m.Body(kind, body)), HeadersSize: len(d.Head), BodySize: d.BodySize, Error: d.Error,
		RedirectURL: m.Target(headValue(d.Head, "Location")),
	}
	r.Content.Size = &d.BodySize
	if first, _, ok := bytes.Cut(d.Head, []byte("\r\n")); ok {
		version, _, _ := strings.Cut(string(first), " ")
		r.Version = version
	}
	return r
}

func harHeaders(head []byte, m *Mask) []harNV {
	out := []harNV{}
	for _, l := range lines(head) {
		out = append(out, harNV{l.name, m.Header(l.name, l.value)})
	}
	return out
}

// harQuery is a query taken apart, masked as it is in the URL. What is no valid escape stays as it is.
func harQuery(full string) []harNV {
	out := []harNV{}
	_, query, _ := strings.Cut(full, "?")
	for pair := range strings.SplitSeq(query, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		out = append(out, harNV{decodedName(name), decodedName(value)})
	}
	return out
}

func harBody(kind string, body []byte) harText {
	if utf8.Valid(body) {
		return harText{MimeType: kind, Text: string(body)}
	}
	return harText{MimeType: kind, Text: base64.StdEncoding.EncodeToString(body), Encoding: "base64"}
}
