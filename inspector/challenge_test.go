package inspector_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"time"

	"devhook/inspector"
	"devhook/inspector/provider"
	"devhook/store"
)

// withRoute adds a route of one sender, and answers its handshakes.
func withRoute(name, path, secret string) func(*inspector.Config) {
	p, _ := provider.ByName(name)
	return func(c *inspector.Config) {
		c.AnswerChallenges = true
		r := inspector.Route{Path: path, Provider: p}
		if secret != "" {
			r.Secrets = []provider.Secret{{Ref: "env:SECRET", Value: secret}}
		}
		c.Routes = append(c.Routes, r)
	}
}

// raw writes a provider's request out as it goes over the wire.
func raw(q *provider.Request) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: h\r\n", q.Method, q.Target)
	for _, f := range q.Fields {
		fmt.Fprintf(&b, "%s: %s\r\n", f.Name, f.Value)
	}
	if len(q.Body) > 0 {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(q.Body))
	}
	return b.String() + "\r\n" + string(q.Body)
}

// TestAnsweredChallenges: the sender hears what it wants, the app nothing, and the record says who answered.
func TestAnsweredChallenges(t *testing.T) {
	for _, tt := range []struct {
		name, secret string
		q            provider.Request
		want, event  string
	}{
		{"slack", "s3cret", provider.Request{Method: "POST", Target: "/x", Body: []byte(`{"type":"url_verification","challenge":"3eZb\r\nX: y"}`)}, "\r\n\r\n3eZb\r\nX: y", "url_verification"},
		{"okta", "", provider.Request{Method: "GET", Target: "/x", Fields: []provider.Field{{Name: "X-Okta-Verification-Challenge", Value: "abc"}}}, `{"verification":"abc"}`, "verification"},
		{"azure_event_grid", "", provider.Request{Method: "OPTIONS", Target: "/x", Fields: []provider.Field{{Name: "WebHook-Request-Origin", Value: "e.example"}}}, "WebHook-Allowed-Origin: e.example\r\nContent-Length: 0\r\n", "CloudEvents validation"},
		{"microsoft_graph", "", provider.Request{Method: "POST", Target: "/x?validationToken=a+b%3A", Body: nil}, "\r\n\r\na b:", "validationToken"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t, withRoute(tt.name, "/", tt.secret))
			answer := r.send(raw(&tt.q))
			if status(answer) != "200" || !strings.Contains(answer, tt.want) {
				t.Errorf("answered %q, want %q", answer, tt.want)
			}
			head, _, _ := strings.Cut(answer, "\r\n\r\n")
			if strings.Contains(head, "\r\nX: y") {
				t.Errorf("the challenge wrote a header line: %q", head)
			}
			c := r.only()
			if c.Provider != tt.name || c.Event != tt.event || c.Failed || c.State != store.Complete || c.Delivering || c.DedupeKey != "" {
				t.Errorf("recorded as %+v", c)
			}
			d := r.deliveries(c.ID)
			if len(d) != 1 || d[0].Target != inspector.ByDevhook || !d[0].Accepted || !strings.Contains(d[0].Notes[0], "devhook answered") {
				t.Fatalf("deliveries %+v", d)
			}
			if got := string(d[0].Head) + r.body(d[0].ID); got != answer {
				t.Errorf("recorded the answer %q, sent %q", got, answer)
			}
			if got := r.app.got(); len(got) != 0 {
				t.Errorf("the app got %q", got)
			}
		})
	}
}

// TestDiscordsPings: one that is signed right is answered, one that is not gets 401, also where everything else that is not
// proven gets 403.
func TestDiscordsPings(t *testing.T) {
	p, _ := provider.ByName("discord")
	check, sign := p.MakeSecret(sha256.Sum256([]byte("right")))
	_, other := p.MakeSecret(sha256.Sum256([]byte("other")))
	for key, want := range map[string]string{sign: "200", other: "401"} {
		r := newRig(t, withRoute("discord", "/", check), rejecting)
		q := &provider.Request{Method: "POST", Target: "/x", Body: []byte(`{"type":1}`)}
		if _, err := p.Resign(q, provider.Secret{Value: key}, time.Now()); err != nil {
			t.Fatal(err)
		}
		answer := r.send(raw(q))
		if status(answer) != want || want == "200" && !strings.HasSuffix(answer, `{"type":1}`) {
			t.Errorf("answered %q, want %s", answer, want)
		}
		c := r.only()
		if (c.State == store.Refused) != (want == "401") || c.Failed || c.Event != "ping" {
			t.Errorf("recorded as %+v", c)
		}
	}
}

// TestUnansweredChallenges: what is signed wrong goes to the app, and the record says why devhook kept silent.
func TestUnansweredChallenges(t *testing.T) {
	p, _ := provider.ByName("slack")
	r := newRig(t, withRoute("slack", "/", "s3cret"))
	q := &provider.Request{Method: "POST", Target: "/x", Body: []byte(`{"type":"url_verification","challenge":"3eZb"}`)}
	if _, err := p.Resign(q, provider.Secret{Value: "another"}, time.Now()); err != nil {
		t.Fatal(err)
	}
	if answer := r.send(raw(q)); !strings.HasSuffix(answer, "\r\n\r\nok") || len(r.app.got()) != 1 {
		t.Errorf("answered %q, the app got %q", answer, r.app.got())
	}
	c := r.only()
	if c.Verdict != store.Invalid || c.Event != "url_verification" || !strings.Contains(strings.Join(c.Hints, "\n"), "devhook can't answer it for the app: its signature is missing or wrong") {
		t.Errorf("recorded as %+v", c)
	}
}

// TestRecheckUnchecked: what came before its secret was set is judged anew, once, at the moment it came.
func TestRecheckUnchecked(t *testing.T) {
	r := newRig(t)
	for _, secret := range []string{"s3cret", "wrong"} {
		p, _ := provider.ByName("telerivet")
		q := p.Samples()[0].Request
		q.Target = "/hooks/sms"
		if _, err := p.Resign(&q, provider.Secret{Value: secret}, time.Now()); err != nil {
			t.Fatal(err)
		}
		r.send(raw(&q))
	}
	r.send("POST /else HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n")
	r.send("POST /hooks/sms HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n") // nobody's, and it proves nothing
	again := inspector.Config{Store: r.db, App: r.target}
	withTelerivet("s3cret")(&again)
	in := inspector.New(again)
	elsewhere := again
	elsewhere.App, _ = inspector.NewApp("1", inspector.AppOptions{})
	if got, err := inspector.New(elsewhere).RecheckUnchecked(t.Context()); got != 0 || err != nil {
		t.Errorf("%d of another app's requests changed, %v", got, err)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if got, err := in.RecheckUnchecked(ended); got != 0 || err != nil {
		t.Errorf("out of time: %d changed, %v", got, err)
	}
	for n, want := range []int{2, 0} {
		if got, err := in.RecheckUnchecked(t.Context()); got != want || err != nil {
			t.Errorf("look %d: %d changed, %v; want %d", n, got, err, want)
		}
	}
	all := r.captures()
	if all[0].Verdict != store.Valid || all[1].Verdict != store.Invalid || all[2].Verdict != store.Unchecked || all[3].Verdict != store.Unchecked {
		t.Errorf("verdicts %s, %s, %s, %s", all[0].Verdict, all[1].Verdict, all[2].Verdict, all[3].Verdict)
	}
	if all[1].DuplicateOf != all[0].ID {
		t.Error("the second is not a duplicate of the first any more")
	}
}

// TestRetryNumber: the sender's own count of its tries stands with the checks.
func TestRetryNumber(t *testing.T) {
	r := newRig(t, withRoute("slack", "/", "s3cret"))
	r.send("POST /x HTTP/1.1\r\nHost: h\r\nX-Slack-Retry-Num: 2\r\nContent-Length: 2\r\n\r\n{}")
	if c := r.only(); len(c.Checks) != 1 || c.Checks[0] != (store.Check{OK: true, Text: "Slack says this is its retry 2"}) {
		t.Errorf("checks %+v", c.Checks)
	}
}
