package provider

import (
	"strings"
	"testing"
	"time"
)

// broken is a sender all of whose functions panic, with text of the request in the panic.
func broken() *Provider {
	const told = "Right-secret-1"
	return &Provider{
		Name: "broken", Title: "Broken",
		Recognise: func(*Request) bool { panic(told) },
		Verify:    func(*Request, []Secret) Result { panic(told) },
		Event:     func(*Request) Event { panic(told) },
		Judge:     func(*Request, Answer) Judgement { panic(told) },
		Sign:      func(*Request, Secret, time.Time) ([]string, error) { panic(told) },
	}
}

func TestPanicIsUnchecked(t *testing.T) {
	p, q, secrets := broken(), &Request{}, []Secret{{"env:ONE", "Right-secret-1"}}
	if r := p.Check(q, secrets); r.Verdict != Unchecked || r.Reason != "the check broke off" {
		t.Errorf("check: %+v", r)
	}
	p.Verify = func(q *Request, _ []Secret) Result { return Result{Reason: string(q.Body[7])} }
	if r := p.Check(q, secrets); r.Verdict != Unchecked || !strings.Contains(r.Reason, "index out of range") {
		t.Errorf("check with a fault of the runtime's: %+v", r)
	}
	if p.Knows(q) {
		t.Error("knows the request")
	}
	if e := p.Describe(q); e != (Event{}) {
		t.Errorf("event: %+v", e)
	}
	if j := p.Assess(q, Answer{Status: 204}); !j.Accepted || len(j.Notes) != 1 {
		t.Errorf("judgement: %+v", j)
	}
	if _, err := p.Resign(q, secrets[0], time.Time{}); err == nil || strings.Contains(err.Error(), "Right") {
		t.Errorf("sign: %v", err)
	}
}

func TestProviderWithoutFunctions(t *testing.T) {
	p := &Provider{Name: "bare", Title: "Bare"}
	if r := p.Check(nil, nil); r.Verdict != Unchecked || r.Reason != "Bare has no secret that can be checked" {
		t.Errorf("check: %+v", r)
	}
	if p.Knows(nil) || p.Describe(nil) != (Event{}) {
		t.Error("knows or tells something")
	}
	if _, err := p.Resign(&Request{}, Secret{Value: "x"}, time.Time{}); err == nil {
		t.Error("signed")
	}
}

func TestUnknown(t *testing.T) {
	p := All().Recognise(&Request{Method: "GET", Target: "/favicon.ico"})
	if p.Name != "" {
		t.Fatalf("recognised as %q", p.Name)
	}
	if r := p.Check(nil, []Secret{{"env:ONE", "x"}}); r.Verdict != Unchecked || r.Reason != "no provider set for this path" {
		t.Errorf("check: %+v", r)
	}
	for status, want := range map[int]string{200: "", 204: "", 299: "", 199: "answered 199, wants 2xx", 302: "answered 302, wants 2xx", 404: "answered 404, wants 2xx"} {
		if j := p.Assess(nil, Answer{Status: status}); j.Accepted != (want == "") || j.Text != want {
			t.Errorf("%d: %+v", status, j)
		}
	}
	if j := p.Assess(nil, Answer{Err: "refused"}); j.Accepted || j.Text != "nothing answered" {
		t.Errorf("no answer: %+v", j)
	}
}

func TestByNameUnknown(t *testing.T) {
	if p, ok := ByName("nobody"); ok || p != nil {
		t.Errorf("got %v", p)
	}
}
