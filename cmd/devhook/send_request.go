package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"devhook/cmd/devhook/config"
	"devhook/inspector/provider"
)

// sending is one devhook send.
type sending struct {
	c      *cli
	p      *provider.Provider
	to     *url.URL
	secret provider.Secret // of which the value is empty where nothing is signed
	bad    string
	named  bool // to is what --to names

	sent, failed int
	mute         int    // of those that failed, how many got no answer
	last         string // what the sender makes of the last failure
}

// sendTo is the address that --to names, or that of the devhook up that runs here, at the sender's path.
func (c *cli) sendTo(ctx context.Context, cfg *config.Config, to string, p *provider.Provider) (*url.URL, error) {
	if to == "" {
		public, err := c.runningUp(ctx, cfg)
		if err != nil {
			return nil, err
		}
		to = public
		if r := routeOf(cfg.Routes, p.Name); r != nil && r.Path != "/" {
			to = strings.TrimRight(public, "/") + r.Path
		}
	}
	if to = address(to); !strings.Contains(to, "://") {
		to = "http://" + to
	}
	u, err := url.Parse(to)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "http" && u.Scheme != "https" {
		return nil, usage("write it whole: --to http://localhost:3000/hooks", "%q is no address to send to", bareURL(to))
	}
	return u, nil
}

// bareURL is an address without what may be a password.
func bareURL(text string) string {
	if at := strings.LastIndex(text, "@"); at >= 0 {
		return "…" + text[at:]
	}
	return text
}

// runningUp is the public address of the devhook up that was started last and still runs: of those for the app that the
// settings name, if they name one. Others belong to other apps, which are to get none of this one's events and secrets.
func (c *cli) runningUp(ctx context.Context, cfg *config.Config) (_ string, err error) {
	none := failed(nil, "start devhook up in another terminal, or name the address: --to http://localhost:3000/hooks", "no devhook up runs here%s", forApp(cfg))
	db, err := c.openRecorded(ctx, cfg)
	if err != nil {
		return "", err
	}
	if db == nil {
		return "", none
	}
	defer closing(db, &err)
	instances, err := db.Instances(ctx)
	if err != nil {
		return "", err
	}
	for _, i := range slices.Backward(instances) {
		if i.Alive && i.PublicURL != "" && (cfg.Local == "" || i.LocalURL == cfg.Local) {
			return i.PublicURL, nil
		}
	}
	return "", none
}

func forApp(cfg *config.Config) string {
	if cfg.Local == "" {
		return ""
	}
	return " for " + cfg.Local
}

func routeOf(routes []config.Route, name string) *config.Route {
	for n := range routes {
		if routes[n].Provider == name {
			return &routes[n]
		}
	}
	return nil
}

// compose makes the requests of one event, each signed or broken as asked.
func (s *sending) compose(sample provider.Sample, set []string, now time.Time) ([]*provider.Request, error) {
	q := sample.Request
	q.Fields, q.Body = slices.Clone(q.Fields), bytes.Clone(q.Body)
	q.At = now
	if err := s.edit(&q, sample.ID, set, now); err != nil {
		return nil, err
	}
	s.aim(&q)
	steps := [][]provider.Field{nil}
	if s.p.Follow != nil {
		if follow := s.p.Follow(&q); follow != nil {
			steps = follow
		}
	}
	var all []*provider.Request
	for _, fields := range steps {
		one := q
		one.Fields, one.Body = slices.Clone(q.Fields), bytes.Clone(q.Body)
		for _, f := range fields {
			if err := one.Set(f.Name, f.Value); err != nil {
				return nil, err
			}
		}
		if err := s.prove(&one, now); err != nil {
			return nil, err
		}
		all = append(all, &one)
	}
	return all, nil
}

// edit gives the sample an id and moments of its own, and then what --set says.
func (s *sending) edit(q *provider.Request, id string, set []string, now time.Time) error {
	fresh, later := freshID(id), [][2]string{}
	for _, pair := range set {
		key, value, ok := strings.Cut(pair, "=")
		switch {
		case !ok || key == "":
			return usage("write --set name=value", "--set %q has no name and value", pair)
		case key == "id" && id != "":
			if fresh = value; value == "" {
				fresh = id
			}
		default:
			later = append(later, [2]string{key, value})
		}
	}
	replaceAll(q, id, fresh)
	if at := s.p.Describe(q).OccurredAt; !at.IsZero() {
		replaceAll(q, fmt.Sprint(at.Unix()), fmt.Sprint(now.Unix()))
		const plain = "2006-01-02T15:04:05"
		replaceAll(q, at.UTC().Format(plain)+"Z", now.UTC().Format(plain)+"Z")
		replaceAll(q, at.UTC().Format(plain)+".", now.UTC().Format(plain)+".")
	}
	for _, kv := range later {
		if err := q.Set(kv[0], kv[1]); errors.Is(err, provider.ErrNoPlace) {
			return usage("a.b.0 leads to a value of the JSON body, q:NAME to one of the query, h:NAME to a header", "the event has no place %q", kv[0])
		} else if err != nil {
			return err
		}
	}
	return nil
}

// replaceAll replaces a text wherever a request has it.
func replaceAll(q *provider.Request, old, with string) {
	if old == "" || old == with {
		return
	}
	q.Target = strings.ReplaceAll(q.Target, old, with)
	q.Body = bytes.ReplaceAll(q.Body, []byte(old), []byte(with))
	for n := range q.Fields {
		q.Fields[n].Value = strings.ReplaceAll(q.Fields[n].Value, old, with)
	}
}

// freshID is another id of the same shape: what stands before its first digit stays, as far as an underscore or the
// letters there are a prefix.
func freshID(id string) string {
	start := max(strings.LastIndexByte(id, '_')+1, strings.IndexAny(id, "0123456789"))
	if start < 0 {
		start = 0
	}
	b := []byte(id)
	chance := make([]byte, len(b))
	rand.Read(chance) // never fails
	for n := start; n < len(b); n++ {
		switch c := b[n]; {
		case c >= '1' && c <= '9' || c == '0' && n > start:
			b[n] = '1' + chance[n]%9
		case c >= 'a' && c <= 'f':
			b[n] = 'a' + chance[n]%6
		case c > 'f' && c <= 'z':
			b[n] = 'g' + chance[n]%20
		case c >= 'A' && c <= 'F':
			b[n] = 'A' + chance[n]%6
		case c > 'F' && c <= 'Z':
			b[n] = 'G' + chance[n]%20
		}
	}
	return string(b)
}

// aim gives the request its address. A sample's own path counts where none is named; of one that has further parts below
// its first (an event's, say) these go behind what is named.
func (s *sending) aim(q *provider.Request) {
	path, query, _ := strings.Cut(q.Target, "?")
	base := strings.TrimRight(s.to.EscapedPath(), "/")
	if base != "" {
		first, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
		switch {
		case first != "webhook" && first != "webhooks":
			path = base + strings.TrimRight(path, "/")
		case rest != "":
			path = base + "/" + rest
		default:
			path = s.to.EscapedPath()
		}
	}
	if s.to.RawQuery != "" {
		query = strings.Trim(s.to.RawQuery+"&"+query, "&")
	}
	q.Target = path
	if query != "" {
		q.Target += "?" + query
	}
	q.URL = s.to.Scheme + "://" + s.to.Host + q.Target
}

// one sends a request, once, and tells what came of it.
func (s *sending) one(ctx context.Context, q *provider.Request) error {
	a := s.call(ctx, q)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	j := s.p.Assess(q, a)
	s.sent++
	if !j.Accepted {
		s.failed++
		if a.Status == 0 {
			s.mute++
		}
		s.last = s.opinion(a, provider.Judgement{Text: j.Text})
	}
	return s.tell(q, a, j)
}

// answerSize bounds what is read of an answer, in bytes.
const answerSize = 1 << 20

func (s *sending) call(ctx context.Context, q *provider.Request) (a provider.Answer) {
	wait := 60 * time.Second
	if s.p.Timeout > 0 {
		wait = s.p.Timeout + time.Second // a little longer, to tell how late it was
	}
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	began := time.Now()
	defer func() { a.Took = time.Since(began) }()
	out, err := http.NewRequestWithContext(ctx, q.Method, q.URL, bytes.NewReader(q.Body))
	if err != nil {
		a.Err = reason(err)
		return a
	}
	out.Header["User-Agent"] = []string{"devhook/" + version()}
	for _, f := range q.Fields {
		if strings.EqualFold(f.Name, "User-Agent") {
			out.Header["User-Agent"] = []string{f.Value}
		} else if !strings.EqualFold(f.Name, "Host") && !strings.EqualFold(f.Name, "Content-Length") {
			out.Header[f.Name] = append(out.Header[f.Name], f.Value)
		}
	}
	client := &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true, DisableCompression: true, Proxy: http.ProxyFromEnvironment},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	res, err := client.Do(out)
	if err != nil {
		a.Err = noAnswer(ctx, err, wait)
		return a
	}
	defer res.Body.Close()
	a.Status = res.StatusCode
	if a.Body, err = io.ReadAll(io.LimitReader(res.Body, answerSize)); err != nil {
		a.Err, a.Status = "the answer broke off: "+noAnswer(ctx, err, wait), 0
	}
	for name, values := range res.Header {
		for _, v := range values {
			a.Fields = append(a.Fields, provider.Field{Name: name, Value: v})
		}
	}
	return a
}

func noAnswer(ctx context.Context, err error, wait time.Duration) string {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Sprintf("nothing answered within %s", wait)
	}
	return reason(err)
}
