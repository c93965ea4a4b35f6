package providertest

import (
	"bufio"
	"encoding/json"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"devhook/inspector/provider"
)

// A Vector is one recorded request and what its sender's own rules make of it.
type Vector struct {
	Provider, Source, Method, URL, Body, Expect, Why string

	Secret     json.RawMessage
	Headers    map[string]string
	BodyBase64 []byte `json:"body_base64"`
	RemoteIP   string `json:"remote_ip"`
	Now        int64
}

// Vectors reads a file with one vector a line.
func Vectors(t *testing.T, file string) (all []Vector) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var v Vector
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatalf("%s: vector %d: %v", file, len(all)+1, err)
		}
		all = append(all, v)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// Run holds the provider to the vector, and reports whether the provider is known at all.
func (v Vector) Run(t *testing.T) bool {
	p, ok := provider.ByName(v.Provider)
	if !ok {
		return false
	}
	t.Run(v.Provider+" "+v.Why, func(t *testing.T) {
		r := p.Check(v.request(t), v.secrets(t))
		if got := r.Verdict == provider.Valid; got != (v.Expect == "valid") {
			t.Errorf("%s: verdict %s (%s), want %s", v.Source, r.Verdict, r.Reason, v.Expect)
		}
		if r.Reason == "" {
			t.Error("no reason given")
		}
	})
	return true
}

func (v Vector) request(t *testing.T) *provider.Request {
	u, err := url.Parse(v.URL)
	if err != nil {
		t.Fatal(err)
	}
	q := &provider.Request{Method: v.Method, Target: u.RequestURI(), URL: v.URL, Body: []byte(v.Body), At: now}
	if v.BodyBase64 != nil {
		q.Body = v.BodyBase64
	}
	if v.RemoteIP != "" {
		if q.Remote, err = netip.ParseAddr(v.RemoteIP); err != nil {
			t.Fatal(err)
		}
	}
	if v.Now != 0 {
		q.At = time.Unix(v.Now, 0)
	}
	for name, value := range v.Headers {
		q.Fields = append(q.Fields, provider.Field{Name: name, Value: value})
	}
	slices.SortFunc(q.Fields, func(a, b provider.Field) int { return strings.Compare(a.Name, b.Name) })
	return q
}

// secrets takes the one secret or the several of a vector.
func (v Vector) secrets(t *testing.T) (all []provider.Secret) {
	var several []string
	if json.Unmarshal(v.Secret, &several) != nil {
		var one string
		if err := json.Unmarshal(v.Secret, &one); err != nil {
			t.Fatalf("secret %s: %v", v.Secret, err)
		}
		several = []string{one}
	}
	for _, s := range several {
		if s == "" {
			continue // a sender that has none
		}
		all = append(all, provider.Secret{Ref: "env:VECTOR", Value: s})
	}
	return all
}
