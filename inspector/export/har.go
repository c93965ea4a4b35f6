package export

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"devhook/store"
	"devhook/tunnel/http1"
)

// An Exchange is a capture with its body, and the latest answer of the app where there is one.
type Exchange struct {
	Capture    *store.Capture
	Body       []byte
	Answer     *store.Delivery // nil: the app was not asked
	AnswerBody []byte
}

// The HAR 1.2 format, as far as requests and answers have it. What begins with an underscore is ours, as the format allows.
type (
	harFile struct {
		Log harLog `json:"log"`
	}
	harLog struct {
		Version string     `json:"version"`
		Creator harCreator `json:"creator"`
		Entries []harEntry `json:"entries"`
	}
	harCreator struct {
		Name    string `json:"name"`
		Version string `json:"version"`
	}
	harEntry struct {
		Started  string      `json:"startedDateTime"`
		Time     float64     `json:"time"` // milliseconds
		Request  harRequest  `json:"request"`
		Response harResponse `json:"response"`
		Cache    struct{}    `json:"cache"`
		Timings  harTimings  `json:"timings"`
		Comment  string      `json:"comment,omitempty"`
		Masked   bool        `json:"_masked,omitempty"`
		Remote   string      `json:"_remoteAddress,omitempty"`
	}
	harRequest struct {
		Method      string    `json:"method"`
		URL         string    `json:"url"`
		Version     string    `json:"httpVersion"`
		Cookies     []harPair `json:"cookies"`
		Headers     []harPair `json:"headers"`
		Query       []harPair `json:"queryString"`
		Post        *harPost  `json:"postData,omitempty"`
		HeadersSize int       `json:"headersSize"`
		BodySize    int64     `json:"bodySize"`
	}
	harPair struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	harPost struct {
		Type     string           `json:"mimeType"`
		Params   bounded[harPair] `json:"params,omitempty"`
		Text     *string          `json:"text,omitempty"`
		Encoding string           `json:"encoding,omitempty"`
	}
	harResponse struct {
		Status      int        `json:"status"` // 0: no answer came
		StatusText  string     `json:"statusText"`
		Version     string     `json:"httpVersion"`
		Cookies     []harPair  `json:"cookies"`
		Headers     []harPair  `json:"headers"`
		Content     harContent `json:"content"`
		RedirectURL string     `json:"redirectURL"`
		HeadersSize int        `json:"headersSize"`
		BodySize    int64      `json:"bodySize"`
		Error       string     `json:"_error,omitempty"`
	}
	harContent struct {
		Size     int64  `json:"size"`
		Type     string `json:"mimeType"`
		Text     string `json:"text"`
		Encoding string `json:"encoding,omitempty"`
	}
	harTimings struct {
		Send    float64 `json:"send"`
		Wait    float64 `json:"wait"`
		Receive float64 `json:"receive"`
	}
)

// HAR writes exchanges as one HTTP Archive (HAR 1.2), which browsers and HTTP clients open. version is devhook's. The cookies
// lists stay empty: cookies stand in the headers, where the mask finds them.
func HAR(w io.Writer, version string, all []Exchange, m *Mask) error {
	file := harFile{harLog{Version: "1.2", Creator: harCreator{"devhook", version}, Entries: []harEntry{}}}
	for _, x := range all {
		if x.Capture.State == store.Malformed {
			return malformed(x.Capture, "HAR")
		}
		file.Log.Entries = append(file.Log.Entries, entryOf(x, m))
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(file); err != nil {
		return fmt.Errorf("export: write a HAR: %w", err)
	}
	return nil
}

func entryOf(x Exchange, m *Mask) harEntry {
	c := x.Capture
	e := harEntry{
		Started: c.ReceivedAt.UTC().Format(time.RFC3339Nano), Request: requestOf(x, m), Response: responseOf(x, m),
		Masked: m != nil, Remote: c.RemoteAddr,
	}
	if x.Answer != nil {
		e.Time = float64(x.Answer.Duration.Microseconds()) / 1e3
		e.Timings.Wait = e.Time
	}
	if what := strings.TrimSpace(c.Provider + " " + c.Event); what != "" {
		e.Comment = what + ", " + string(c.Verdict)
	}
	return e
}

func requestOf(x Exchange, m *Mask) harRequest {
	c := x.Capture
	kind := headValue(c.Head, "Content-Type")
	q := harRequest{
		Method: c.Method, URL: m.Target(publicURL(c)), Version: c.Proto, Cookies: []harPair{}, Headers: pairs(c.Head, m),
		Query: queryOf(m.Target(c.Target)), HeadersSize: len(c.Head), BodySize: c.BodySize,
	}
	if len(x.Body) > 0 {
		text, encoding := textOf(m.Body(kind, x.Body))
		q.Post = &harPost{Type: kind, Text: &text, Encoding: encoding}
	}
	return q
}

func responseOf(x Exchange, m *Mask) harResponse {
	r := harResponse{Cookies: []harPair{}, Headers: []harPair{}, HeadersSize: -1, BodySize: -1}
	if x.Answer == nil {
		return r
	}
	d := x.Answer
	r.Error = d.Error
	if d.Status == 0 {
		return r
	}
	r.Status, r.StatusText, r.Headers = d.Status, http1.StatusText(d.Status), pairs(d.Head, m)
	r.Version, _, _ = strings.Cut(string(d.Head), " ")
	r.RedirectURL = m.Target(headValue(d.Head, "Location"))
	r.HeadersSize, r.BodySize = len(d.Head), d.BodySize
	r.Content.Size, r.Content.Type = d.BodySize, headValue(d.Head, "Content-Type")
	r.Content.Text, r.Content.Encoding = textOf(m.Body(r.Content.Type, x.AnswerBody))
	return r
}

func pairs(head []byte, m *Mask) []harPair {
	all := []harPair{}
	for _, l := range lines(head) {
		all = append(all, harPair{l.name, m.Header(l.name, l.value)})
	}
	return all
}

func queryOf(target string) []harPair {
	all := []harPair{}
	_, query, _ := strings.Cut(target, "?")
	for pair := range strings.SplitSeq(query, "&") {
		if name, value, _ := strings.Cut(pair, "="); pair != "" {
			all = append(all, harPair{decodedName(name), decodedName(value)})
		}
	}
	return all
}

// textOf is a body as JSON can hold it.
func textOf(body []byte) (text, encoding string) {
	if utf8.Valid(body) {
		return string(body), ""
	}
	return base64.StdEncoding.EncodeToString(body), "base64"
}
