package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"devhook/inspector/hooks/hookstest"
	"devhook/inspector/provider"
)

// fakeapiMain is a sender's API: fakeapi [-key K] [-page N] [-projects A,B] [-fail 'STATUS METHOD /PATH BODY']…
// [-signing K] [-from ADDR] SENDER. It prints its base address, then each call that reaches it. -fail answers one call
// so; of several the first that fits; a STATUS of lose does what is asked and gives no answer. POST /_send is no part of
// the API: the sender sends each of its sample events to all webhooks that it has for it, signed with the key of -signing
// where it signs, as a proxy would that was called from ADDR.
func fakeapiMain() {
	key := flag.String("key", "", "")
	page := flag.Int("page", 50, "")
	projects := flag.String("projects", "PJ1", "")
	var faults []hookstest.Fault
	flag.Func("fail", "", func(text string) error {
		parts := strings.SplitN(text, " ", 4)
		f := hookstest.Fault{Path: parts[1] + " " + parts[2], Body: strings.Join(parts[3:], ""), Lose: parts[0] == "lose"}
		if f.Lose {
			faults = append(faults, f)
			return nil
		}
		var err error
		f.Status, err = strconv.Atoi(parts[0])
		faults = append(faults, f)
		return err
	})
	var s samples
	flag.StringVar(&s.signing, "signing", "", "")
	flag.StringVar(&s.from, "from", "", "")
	flag.Parse()
	base := ""
	var fake *hookstest.Fake
	switch flag.Arg(0) {
	case "seven":
		fake = hookstest.Seven(*key)
	case "zipwhip":
		phone, password, _ := strings.Cut(*key, ":")
		fake = hookstest.Zipwhip(phone, password)
	case "ricloud":
		fake = hookstest.Ricloud(*key, http.MethodGet)
	case "telerivet":
		fake, base = hookstest.Telerivet(*key, *page, strings.Split(*projects, ",")...), "/v1"
	default:
		check(fmt.Errorf("no API of %q", flag.Arg(0)))
	}
	fake.Fail(faults...)
	s.sender, s.fake = flag.Arg(0), fake
	fake.Told = func(method, path string) { fmt.Println(method, path) }
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	fmt.Printf("listening http://%s%s\n", ln.Addr(), base)
	mux := http.NewServeMux()
	mux.Handle("/", fake)
	mux.HandleFunc("POST /_send", func(w http.ResponseWriter, _ *http.Request) { s.send(w) })
	check(http.Serve(ln, mux))
}

// samples are the events of one sender as it sends them, by what devhook send knows of it.
type samples struct {
	sender, signing, from string
	fake                  *hookstest.Fake
}

// send tells of each request: the answer's status, the event and the URL it went to.
func (s samples) send(w io.Writer) {
	p, _ := provider.All().ByName(s.sender)
	for _, t := range s.fake.Targets() {
		to, err := url.Parse(t.URL)
		check(err)
		out := &sending{c: &cli{}, p: p, to: to, bad: badMissing}
		for _, sample := range p.Samples() {
			if len(t.Events) > 0 && !slices.Contains(t.Events, sample.Event) || !s.fits(sample, t.Method) {
				continue
			}
			all, err := out.compose(sample, nil, time.Now())
			check(err)
			for _, q := range all {
				s.aim(q, to)
				check(s.prove(p, q, t))
				a := out.call(context.Background(), q)
				fmt.Fprintf(w, "%d %s %s %s\n", a.Status, sample.Event, q.URL, a.Err)
			}
		}
	}
}

// fits says whether a sample is of the form that a webhook was registered for: seven.io's POST is a form, its JSON isn't.
func (s samples) fits(sample provider.Sample, method string) bool {
	form := slices.ContainsFunc(sample.Request.Fields, func(f provider.Field) bool { return strings.Contains(f.Value, "x-www-form-urlencoded") })
	switch {
	case method == "JSON":
		return sample.Request.Method == http.MethodPost && !form
	case s.sender == "seven" && method == http.MethodPost:
		return sample.Request.Method == http.MethodPost && form
	}
	return sample.Request.Method == method
}

// aim sends a request to the very URL that was registered; ricloud puts the event's ID behind it.
func (s samples) aim(q *provider.Request, to *url.URL) {
	id := path.Base(q.Target)
	q.Target = to.RequestURI()
	if s.sender == "ricloud" {
		q.Target = strings.TrimRight(q.Target, "/") + "/" + id
	}
	q.URL = to.Scheme + "://" + to.Host + q.Target
}

// prove adds what the sender proves itself with: a signature, the webhook's secret, the header lines it was registered with.
func (s samples) prove(p *provider.Provider, q *provider.Request, t hookstest.Target) error {
	for _, secret := range []string{s.signing, t.Secret, t.Headers} {
		if secret == "" {
			continue
		}
		if _, err := p.Resign(q, provider.Secret{Value: secret}, time.Now()); err != nil {
			return err
		}
	}
	if s.from != "" {
		q.Fields = append(q.Fields, provider.Field{Name: "X-Forwarded-For", Value: s.from})
	}
	return nil
}
