// Package hookstest has the four senders' APIs as handlers, written from the senders' documents and as strict as they
// are: an unknown parameter, a wrong method, a wrong content type or a missing credential is refused. What no document
// tells, such as how a refusal looks, is marked where it stands. Faults can be asked for: answers that are none, and
// answers that are lost on their way.
package hookstest

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// A Fake is one sender's API. It may be called from several goroutines.
type Fake struct {
	// Told is called for each request with its method and path, before it is answered; nil tells nobody.
	Told func(method, path string)

	mu     sync.Mutex
	mux    *http.ServeMux
	calls  []Call
	faults []Fault

	targets func() []Target
}

// A Target is where a sender's events go at this moment, and what they go with.
type Target struct {
	URL     string
	Events  []string // of the sender's names, nil for all
	Method  string   // POST, GET, PUT, or JSON for a POST of JSON
	Secret  string   // the webhook's own, "" for none
	Headers string   // lines to send along
}

// Targets are the webhooks as the sender would call them now.
func (f *Fake) Targets() []Target { return f.targets() }

// A Call is a request that came.
type Call struct {
	Method, Path string
	Header       http.Header
	Query        url.Values
	Body         string
}

// A Fault befalls one request.
type Fault struct {
	Path   string // the request it is for, as METHOD /path; "" is the next one
	Status int    // answered in the API's place
	Header http.Header
	Body   string
	Cut    bool // the connection ends without an answer, and nothing is done
	Lose   bool // what is asked is done, and then its answer is lost: Status and Body come instead, or without a Status nothing
	Skip   int  // so many requests that it fits pass before
}

func newFake() *Fake { return &Fake{mux: http.NewServeMux()} }

// Fail asks for faults.
func (f *Fake) Fail(faults ...Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.faults = append(f.faults, faults...)
}

// Calls are the requests so far, as "METHOD /path".
func (f *Fake) Calls() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := make([]string, len(f.calls))
	for i, c := range f.calls {
		all[i] = c.Method + " " + c.Path
	}
	return all
}

// Last is the latest request.
func (f *Fake) Last() Call {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.calls) == 0 {
		return Call{}
	}
	return f.calls[len(f.calls)-1]
}

func (f *Fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if f.Told != nil {
		f.Told(r.Method, r.URL.Path)
	}
	f.mu.Lock()
	f.calls = append(f.calls, Call{r.Method, r.URL.Path, r.Header, r.URL.Query(), string(body)})
	fault := f.fault(r.Method + " " + r.URL.Path)
	f.mu.Unlock()
	switch {
	case fault == nil:
		f.mux.ServeHTTP(w, r)
		return
	case fault.Lose:
		f.mux.ServeHTTP(httptest.NewRecorder(), r)
	}
	if fault.Cut || fault.Lose && fault.Status == 0 {
		panic(http.ErrAbortHandler)
	}
	for name, values := range fault.Header {
		w.Header()[name] = values
	}
	w.WriteHeader(fault.Status)
	_, _ = io.WriteString(w, fault.Body)
}

// fault takes the fault that fits a request, if any.
func (f *Fake) fault(request string) *Fault {
	for i := range f.faults {
		one := f.faults[i]
		if one.Path != "" && one.Path != request {
			continue
		}
		if one.Skip > 0 {
			f.faults[i].Skip--
			continue
		}
		f.faults = slices.Delete(f.faults, i, i+1)
		return &one
	}
	return nil
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	_ = e.Encode(v)
}

// form reads the form in a body, whatever the method, or says what is wrong with it.
func form(r *http.Request, required, optional []string) (url.Values, string) {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/x-www-form-urlencoded" {
		return nil, fmt.Sprintf("the content type is %q, not a form's", kind)
	}
	if r.URL.RawQuery != "" {
		return nil, "parameters stand in the address"
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err.Error()
	}
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, "the body is no form"
	}
	return values, parameters(values, required, optional)
}

// parameters says what is wrong with a set of them, "" for nothing.
func parameters(values url.Values, required, optional []string) string {
	for name, all := range values {
		if !slices.Contains(required, name) && !slices.Contains(optional, name) {
			return "unknown parameter " + name
		}
		if len(all) > 1 {
			return "the parameter " + name + " stands there twice"
		}
	}
	for _, name := range required {
		if values.Get(name) == "" {
			return "missing parameter " + name
		}
	}
	return ""
}

// object reads a JSON body with no members but the given ones. It may be compressed, as Telerivet's clients do with long
// ones.
func object(r *http.Request, v any) string {
	body := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		plain, err := gzip.NewReader(r.Body)
		if err != nil {
			return err.Error()
		}
		body = plain
	}
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" {
		return fmt.Sprintf("the content type is %q, not JSON's", kind)
	}
	d := json.NewDecoder(body)
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return strings.TrimPrefix(err.Error(), "json: ")
	}
	if _, err := d.Token(); err != io.EOF {
		return "something follows the JSON"
	}
	return ""
}

// address says whether a text is a URL that a webhook can go to.
func address(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
}
