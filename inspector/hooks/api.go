package hooks

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	tries       = 5                      // calls at most, the first one included
	firstPause  = 500 * time.Millisecond // at most, before the second
	longest     = 8 * time.Second        // at most, before any
	mostAsked   = 60 * time.Second       // of a Retry-After that is waited for
	mostTrying  = 60 * time.Second       // after which there is no further try
	mostAnswer  = 1 << 20                // bytes of an answer
	wholeCall   = 30 * time.Second       // for one call with its answer
	mostWords   = 400                    // bytes of a sender's own words
	placeholder = "[credential]"
)

// api makes all HTTP calls of one sender: address, credential, encodings, pauses and judgement are here alone.
type api struct {
	title   string
	base    *url.URL
	client  *http.Client
	now     func() time.Time
	sleep   func(context.Context, time.Duration) error
	sign    func(*http.Request)                          // adds the credential
	judge   func(a answer) (code, words string, ok bool) // what the sender says, and whether it did as asked
	secrets []string                                     // what may stand in no text
}

// A call is one HTTP request. Of form and json one at most is set.
type call struct {
	do           string // verb and object, for errors
	method, path string // path below the base address, its variable parts escaped
	query, form  url.Values
	json         any
	creates      bool // a repeat might make a second one: only tried again where it surely was not done
}

// An answer is what came back: at most 1 MiB of body.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func newAPI(o Options, base *url.URL) *api {
	a := &api{title: o.Provider.Title, base: base, client: o.HTTP, now: o.Now, sleep: o.Sleep, secrets: []string{o.Credential}}
	if a.client == nil {
		// A connection that is used once only: net/http repeats requests by itself on others.
		a.client = &http.Client{Timeout: wholeCall, Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true, TLSHandshakeTimeout: 10 * time.Second,
		}}
	}
	one := *a.client
	// A redirect would carry a form or a header with the credential elsewhere.
	one.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	a.client = &one
	if a.now == nil {
		a.now = time.Now
	}
	if a.sleep == nil {
		a.sleep = sleep
	}
	return a
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// pause is the wait before the next try: random below a bound that doubles.
func pause(try int) time.Duration {
	return rand.N(min(longest, firstPause<<(try-1))) + 1
}

// do makes a call and returns its answer, or an *Error, or the context's error.
func (a *api) do(ctx context.Context, c call) (answer, error) {
	began := a.now()
	for try := 1; ; try++ {
		got, sent, err := a.once(ctx, c)
		if ctx.Err() != nil {
			return answer{}, fmt.Errorf("hooks: %s: %w", c.do, ctx.Err())
		}
		if err == nil && got.status != http.StatusTooManyRequests && got.status < 500 {
			return got, a.refused(c, got, try)
		}
		unsure := sent && got.status != http.StatusTooManyRequests && c.method != http.MethodGet
		wait, again := a.wait(got, err, try)
		if !again || c.creates && unsure || a.now().Sub(began) > mostTrying {
			return answer{}, a.given(c, got, err, try, unsure)
		}
		if err := a.sleep(ctx, wait); err != nil {
			return answer{}, fmt.Errorf("hooks: %s: %w", c.do, err)
		}
	}
}

// wait says whether there is a next try, and after what pause.
func (a *api) wait(got answer, err error, try int) (time.Duration, bool) {
	if try >= tries || hopeless(err) {
		return 0, false
	}
	wait := pause(try)
	if asked, ok := retryAfter(got.header, a.now()); ok {
		if asked > mostAsked {
			return 0, false
		}
		wait = max(asked, wait)
	}
	return wait, true
}

// hopeless tells failures that a second try can't mend.
func hopeless(err error) bool {
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	_, plain := errors.AsType[tls.RecordHeaderError](err)
	return untrusted || plain || errors.Is(err, http.ErrSchemeMismatch) || errors.Is(err, errTooLong)
}

// retryAfter reads both forms of the header: seconds, and a date.
func retryAfter(h http.Header, now time.Time) (time.Duration, bool) {
	text := h.Get("Retry-After")
	if n, err := strconv.Atoi(text); err == nil && n >= 0 {
		return time.Duration(min(n, 1<<20)) * time.Second, true
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, at.Sub(now)), true
	}
	return 0, false
}

// once makes a call once. sent says that it may have reached the sender.
func (a *api) once(ctx context.Context, c call) (got answer, sent bool, err error) {
	q, err := a.request(ctx, c, &sent)
	if err != nil {
		return answer{}, false, err
	}
	res, err := a.client.Do(q)
	if err != nil {
		if bad, ok := errors.AsType[*url.Error](err); ok {
			err = bad.Err // the address in front may hold a session
		}
		return answer{}, sent, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, mostAnswer+1))
	if err == nil && len(body) > mostAnswer {
		err = errTooLong
	}
	return answer{res.StatusCode, res.Header, body}, true, err
}

var errTooLong = errors.New("the answer is longer than 1 MiB")

func (a *api) request(ctx context.Context, c call, sent *bool) (*http.Request, error) {
	var body []byte
	kind := ""
	switch {
	case c.form != nil:
		body, kind = []byte(c.form.Encode()), "application/x-www-form-urlencoded"
	case c.json != nil:
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		if err := e.Encode(c.json); err != nil {
			return nil, err
		}
		body, kind = b.Bytes(), "application/json"
	}
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { *sent = true }})
	to := a.base.String() + c.path
	if len(c.query) > 0 {
		to += "?" + c.query.Encode()
	}
	q, err := http.NewRequestWithContext(ctx, c.method, to, bytes.NewReader(body))
	if err != nil {
		return nil, errors.New("its address is none")
	}
	if len(body) == 0 {
		q.Body = http.NoBody
	}
	if kind != "" {
		q.Header.Set("Content-Type", kind)
	}
	q.Header.Set("Accept", "application/json")
	q.Header.Set("User-Agent", "devhook")
	a.sign(q)
	return q, nil
}

// refused is the error of an answer that is none of success.
func (a *api) refused(c call, got answer, try int) error {
	e := &Error{Do: c.do, Title: a.title, Status: got.status, Tries: try}
	if to := got.header.Get("Location"); to != "" && got.status >= 300 && got.status < 400 {
		e.Words, e.Foreign = "redirected, which is not followed: "+host(to), true
		return e
	}
	code, words, ok := a.judge(got)
	if ok && got.status < 300 {
		return nil
	}
	a.quote(e, got, code, words)
	e.Unsure = e.Foreign && got.status < 300 && c.method != http.MethodGet
	return e
}

// quote adds the sender's own words, unless what came is a page for a browser: that is not theirs, or says nothing here.
func (a *api) quote(e *Error, got answer, code, words string) {
	e.Code, e.Words = a.clean(code), a.clean(words)
	e.Foreign = got.status < 300 && !json.Valid(got.body)
	if strings.HasPrefix(e.Words, "<") {
		e.Words, e.Foreign = "a web page came in place of an answer", true
		if got.status >= 300 {
			e.Words += fmt.Sprintf(", with status %d %s", got.status, http.StatusText(got.status))
		}
	}
}

// host is where a redirect leads, without what may be a secret in it.
func host(location string) string {
	u, err := url.Parse(location)
	if err != nil || u.Host == "" {
		return "to another path"
	}
	return "to " + u.Scheme + "://" + u.Host
}

// given is the error of a call that is given up.
func (a *api) given(c call, got answer, err error, try int, unsure bool) error {
	e := &Error{Do: c.do, Title: a.title, Status: got.status, Tries: try, Unsure: unsure}
	if errors.Is(err, errTooLong) {
		e.Words, e.Foreign = err.Error(), true
		return e
	}
	if err != nil {
		e.Cause = errors.New(a.clean(err.Error()))
		if late, ok := errors.AsType[net.Error](err); ok && late.Timeout() {
			e.Cause = fmt.Errorf("it took longer than %s", wholeCall)
		}
		return e
	}
	code, words, _ := a.judge(got)
	a.quote(e, got, code, words)
	if e.Words == "" {
		e.Words = fmt.Sprintf("%d %s", got.status, http.StatusText(got.status))
	}
	after := got.header.Get("Retry-After")
	if _, ok := retryAfter(got.header, a.now()); ok {
		e.Words += "; it asks to try again after " + a.clean(after)
	}
	return e
}

// clean takes the credential out of a text, as it is and as forms and JSON have it, and bounds the text.
func (a *api) clean(text string) string {
	for _, secret := range a.secrets {
		for _, form := range []string{secret, url.QueryEscape(secret), strings.ReplaceAll(secret, "/", `\/`)} {
			if form != "" {
				text = strings.ReplaceAll(text, form, placeholder)
			}
		}
	}
	text = strings.TrimSpace(text)
	if len(text) > mostWords {
		text = strings.ToValidUTF8(text[:mostWords], "") + "…"
	}
	return text
}

// decode reads an answer's JSON into v.
func (a *api) decode(c call, got answer, v any) error {
	if err := json.Unmarshal(got.body, v); err != nil {
		return &Error{
			Do: c.do, Title: a.title, Status: got.status, Words: "what came is not the JSON that its document shows", Tries: 1,
			Unsure: c.method != http.MethodGet, Foreign: true,
		}
	}
	return nil
}

// into makes a call and reads its answer.
func (a *api) into(ctx context.Context, c call, v any) error {
	got, err := a.do(ctx, c)
	if err != nil {
		return err
	}
	return a.decode(c, got, v)
}

// loose is a text that a sender writes as a string in one place and as a number in another.
type loose string

func (l *loose) UnmarshalJSON(text []byte) error {
	var s string
	switch {
	case string(text) == "null":
		return nil
	case json.Unmarshal(text, &s) == nil:
		*l = loose(s)
	default:
		*l = loose(text)
	}
	return nil
}
