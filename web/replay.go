package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"devhook/store"
	"devhook/tunnel/http1"
)

// editBytes bounds the JSON of a replay: an edited body in it, as text or base64.
const editBytes = 48 << 20

// editObject is what a replay through the API may change.
type editObject struct {
	To          string     `json:"to"`
	Method      string     `json:"method"`
	Target      string     `json:"target"`
	Headers     [][]string `json:"headers"`
	DropHeaders []string   `json:"drop_headers"`
	Body        *string    `json:"body"`
	BodyBase64  *[]byte    `json:"body_base64"`
	Resign      bool       `json:"resign"`
}

// readEdit reads a replay's JSON; no body at all is an unchanged replay.
func readEdit(w http.ResponseWriter, r *http.Request) (Edit, string, error) {
	var o editObject
	raw, err := readJSON(w, r, editBytes, &o)
	if err != nil {
		return Edit{}, "", err
	}
	e := Edit{To: o.To, Method: o.Method, Target: o.Target, DropHeaders: o.DropHeaders, Resign: o.Resign}
	for _, h := range o.Headers {
		if len(h) != 2 {
			return Edit{}, "", bad(`a header is a pair: ["Name","value"]`)
		}
		e.Headers = append(e.Headers, [2]string(h))
	}
	switch {
	case o.Body != nil && o.BodyBase64 != nil:
		return Edit{}, "", bad("give body or body_base64, not both")
	case o.Body != nil:
		e.Body, e.HasBody = []byte(*o.Body), true
	case o.BodyBase64 != nil:
		e.Body, e.HasBody = *o.BodyBase64, true
	}
	sum := sha256.Sum256(raw)
	return e, hex.EncodeToString(sum[:]), checkEdit(e)
}

// readJSON reads a JSON body into v, if there is one, and returns its bytes. Unknown names are errors: a misspelt
// "traget" must not become an unchanged replay.
func readJSON(w http.ResponseWriter, r *http.Request, limit int64, v any) ([]byte, error) {
	raw, err := readAll(w, r, limit)
	if err != nil {
		return nil, err
	}
	if len(raw) == 0 {
		return nil, nil
	}
	if t := mediaType(r.Header.Get("Content-Type")); t != "application/json" {
		return nil, fault{status: http.StatusUnsupportedMediaType, detail: "the request must be application/json"}
	}
	if !utf8.Valid(raw) { // its bytes would be replaced unsaid
		return nil, bad("the JSON isn't UTF-8; a body that is no text goes into body_base64")
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return nil, fault{http.StatusBadRequest, "the JSON can't be used: " + jsonFault(err), err}
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, bad("something follows the JSON value")
	}
	return raw, nil
}

// jsonFault says what is wrong with JSON without the names of Go.
func jsonFault(err error) string {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		return orWord(kind.Field, "the whole") + " is of the wrong kind, " + kind.Value
	}
	return strings.TrimPrefix(err.Error(), "json: ")
}

// bodyTime is how long a request's body may take.
const bodyTime = 30 * time.Second

// readAll reads a request's body, no longer than limit and no slower than bodyTime.
func readAll(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	ctl := http.NewResponseController(w)
	if err := ctl.SetReadDeadline(time.Now().Add(bodyTime)); err != nil {
		return nil, fmt.Errorf("web: read request: %w", err)
	}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if err != nil {
		return nil, fmt.Errorf("web: read request: %w", err)
	}
	if err := ctl.SetReadDeadline(time.Time{}); err != nil {
		return nil, fmt.Errorf("web: read request: %w", err)
	}
	return raw, nil
}

func bad(detail string) error { return fault{status: http.StatusBadRequest, detail: detail} }

// checkEdit keeps from the wire what would not be the one request it looks like.
func checkEdit(e Edit) error {
	switch {
	case e.To != "" && !isBase(e.To):
		return bad("to must be an http or https URL")
	case e.Method != "" && (!http1.ValidMethod(e.Method) || e.Method == http.MethodConnect):
		return bad("method must be one word of at most 32 letters, and not CONNECT")
	case e.Target != "" && !http1.ValidTarget(e.Target):
		return bad("target must have no spaces")
	}
	for _, h := range e.Headers {
		switch {
		case !http1.ValidField(h[0], ""):
			return bad("a header's name must be one word")
		case !http1.ValidField(h[0], h[1]):
			return bad("a header's value must be one line without control characters")
		}
	}
	for _, n := range e.DropHeaders {
		if !http1.ValidField(n, "") {
			return bad("a header's name must be one word")
		}
	}
	return nil
}

func isBase(to string) bool {
	u, err := url.Parse(to)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
		return false
	}
	if u.Port() == "" {
		return true
	}
	n, err := strconv.ParseUint(u.Port(), 10, 16)
	return err == nil && n > 0
}

// replayOnce sends a capture again, once for each key. The one who asked may leave: a delivery that has begun goes on.
func (s *Server) replayOnce(ctx context.Context, c *store.Capture, key, print string, e Edit) (*store.Delivery, error) {
	if why := neverWhole(c); why != "" {
		return nil, fault{status: http.StatusConflict, detail: uncapital(why)}
	}
	if e.Target != "" && e.Target != c.Target && e.Target != "*" && e.Target[0] != '/' {
		return nil, bad("target must start with /") // any other form only as it was recorded
	}
	if key != "" {
		key = c.ID + " " + key
	}
	return s.keys.do(ctx, key, print, func() (*store.Delivery, error) {
		return s.cfg.Replayer.Replay(context.WithoutCancel(ctx), c.ID, e)
	})
}
