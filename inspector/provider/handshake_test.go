package provider

import (
	"bufio"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// A shakeVector is one recorded handshake and the answer its sender wants.
type shakeVector struct {
	Provider, Why, Secret string
	Request               struct {
		Method, URL, Body string
		Headers           map[string]string
	}
	Response struct {
		Status  int
		Body    string
		JSON    map[string]any
		Headers map[string]string
	}
}

func shakeVectors(t *testing.T) (all []shakeVector) {
	f, err := os.Open("testdata/handshakes.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var v shakeVector
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
	}
	return all
}

func (v shakeVector) request() *Request {
	target := or(v.Request.URL, "/")
	q := &Request{Method: v.Request.Method, Target: target, URL: "https://example.com" + target, Body: []byte(v.Request.Body), At: time.Unix(1795299300, 0)}
	for name, value := range v.Request.Headers {
		q.Fields = append(q.Fields, Field{name, value})
	}
	return q
}

// known is the provider of a name, or one of which nothing is known but its handshakes.
func known(t *testing.T, name string) *Provider {
	if p, ok := ByName(name); ok {
		return p
	}
	t.Logf("%s has no row yet: its handshakes are recognised once it has one", name)
	return &Provider{Name: name, Title: name, greetings: challenges()[name]}
}

// TestHandshakes: each recorded handshake gets the name and the answer it wants, from a sender that signs too where it does.
func TestHandshakes(t *testing.T) {
	seen := map[string]bool{}
	for _, v := range shakeVectors(t) {
		t.Run(v.Provider+" "+v.Why, func(t *testing.T) {
			seen[v.Provider] = true
			p, q := known(t, v.Provider), v.request()
			var secrets []Secret
			if v.Secret != "" {
				secrets = []Secret{{Ref: "env:SHAKE", Value: v.Secret}}
			}
			if p.greetings[0].signed >= mustBe {
				check, sign := p.MakeSecret([32]byte{7})
				secrets = []Secret{{Ref: "env:SHAKE", Value: check}}
				if _, err := p.Resign(q, Secret{Value: sign}, q.At); err != nil {
					t.Fatal(err)
				}
			}
			h := p.Handshake(q, secrets)
			if h == nil || h.Reply == nil || h.Event == "" {
				t.Fatalf("taken for %+v", h)
			}
			v.compare(t, h.Reply)
			if e := p.Describe(q); e.Name != h.Event || e.DedupeKey != "" {
				t.Errorf("told as %+v", e)
			}
		})
	}
	for name := range challenges() {
		if !seen[name] && name != "aws_sns" {
			t.Errorf("no vector for %s", name)
		}
	}
}

func (v shakeVector) compare(t *testing.T, r *Reply) {
	if r.Status != v.Response.Status {
		t.Errorf("status %d, want %d", r.Status, v.Response.Status)
	}
	for name, want := range v.Response.Headers {
		if got := header(r.Fields, name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if v.Response.JSON == nil {
		if string(r.Body) != v.Response.Body {
			t.Errorf("body %q, want %q", r.Body, v.Response.Body)
		}
		return
	}
	want, _ := json.Marshal(v.Response.JSON)
	var got map[string]any
	if err := json.Unmarshal(r.Body, &got); err != nil {
		t.Fatal(err)
	}
	if again, _ := json.Marshal(got); string(again) != string(want) {
		t.Errorf("body %s, want %s", r.Body, want)
	}
}

// TestHandshakesOfStrangers: what a wrong signature or token comes with is not answered, and names the reason.
func TestHandshakesOfStrangers(t *testing.T) {
	for _, tt := range []struct {
		provider, why string
		status        int
	}{{"slack", "its signature is missing or wrong", 0}, {"twitch", "its signature is missing or wrong", 0}, {"zoom", "its signature is missing or wrong", 0}, {"discord", "its signature is missing or wrong", 401}} {
		p, ok := ByName(tt.provider)
		if !ok {
			t.Logf("%s has no row yet", tt.provider)
			continue
		}
		vectors := shakeVectors(t)
		q := vectors[slices.IndexFunc(vectors, func(v shakeVector) bool { return v.Provider == tt.provider })].request()
		_, other := p.MakeSecret([32]byte{1})
		mine, _ := p.MakeSecret([32]byte{2})
		if _, err := p.Resign(q, Secret{Value: other}, q.At); err != nil {
			t.Fatal(err)
		}
		h := p.Handshake(q, []Secret{{Ref: "env:MINE", Value: mine}})
		if h == nil || h.Why != tt.why || (h.Reply == nil) != (tt.status == 0) || h.Reply != nil && h.Reply.Status != tt.status {
			t.Errorf("%s, signed with another secret: %+v", tt.provider, h)
		}
	}
}

// TestHandshakeRefusals: nothing is answered that could be somebody else's message, and what has no secret says so.
func TestHandshakeRefusals(t *testing.T) {
	key := []Secret{{Ref: "env:KEY", Value: "consumer-secret"}}
	for _, tt := range []struct {
		provider string
		q        Request
		secrets  []Secret
		why      string
	}{
		{"meta", Request{Method: "GET", Target: "/?hub.mode=subscribe&hub.challenge=1&hub.verify_token=guess"}, key, "its token differs from env:KEY"},
		{"meta", Request{Method: "GET", Target: "/?hub.mode=subscribe&hub.challenge=1&hub.verify_token=guess"}, nil, "no secret is configured for "},
		{"twitter", Request{Method: "GET", Target: "/?crc_token=" + "%7B%22for_user_id%22%3A%221%22%7D"}, key, "what it wants to have signed is no bare token"},
		{"zoom", Request{Method: "POST", Body: []byte(`{"event":"endpoint.url_validation","payload":{"plainToken":"v0:1795299300:{}"}}`)}, key, "what it wants to have signed is no bare token"},
		{"discord", Request{Method: "POST", Body: []byte(`{"type":1}`)}, nil, "no secret is configured for "},
		{"aws_sns", Request{Method: "POST", Fields: []Field{{"x-amz-sns-message-type", "SubscriptionConfirmation"}}, Body: []byte(`{"SubscribeURL":"http://127.0.0.1:1/"}`)}, key, "its SubscribeURL must be opened"},
	} {
		h := known(t, tt.provider).Handshake(&tt.q, tt.secrets)
		if h == nil || h.Reply != nil || !strings.HasPrefix(h.Why, tt.why) {
			t.Errorf("%s: %+v, want no answer: %s", tt.provider, h, tt.why)
		}
	}
}

// TestNoHandshake: the samples of all senders are webhooks like others, unless they are made as handshakes.
func TestNoHandshake(t *testing.T) {
	if got := All().Recognise(&Request{Method: "POST", Body: []byte(`{"challenge":"x","user":"an app's own"}`)}); got.Name != "" {
		t.Errorf("an app's own request is taken for %s's", got.Name)
	}
	for _, p := range All() {
		for _, s := range p.Samples() {
			q := s.Request
			if h := p.Handshake(&q, nil); h != nil && h.Event != s.Event {
				t.Errorf("%s's %s is taken for the handshake %s", p.Name, s.Event, h.Event)
			}
			q.Method = "POST"
			for _, body := range []string{"null", "[]", `{"type":{}}`, strings.Repeat("[", 1000)} {
				q.Body = []byte(body)
				p.Handshake(&q, nil)
			}
		}
	}
}
