package provider

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Everything but the secret keeps its bytes, however oddly it is encoded.
func TestTelerivetSign(t *testing.T) {
	const right = "Basic dGVsZXJpdmV0OmErYiBj" // telerivet:a+b c
	form := []Field{{"Content-Type", formType}}
	auth := func(value string) []Field { return append([]Field{{"authorization", value}}, form...) }
	for _, c := range []struct {
		name     string
		fields   []Field
		body     string
		changed  []string
		wantBody string
		wantIn   []string // the Authorization lines after
	}{
		{"replaced in place", form, "a=%7e+x&secret=old&&b;c=%zz&d", []string{"secret"}, "a=%7e+x&secret=a%2Bb+c&&b;c=%zz&d", nil},
		{"odd name kept", form, "%73ecret=old&x=1", []string{"secret"}, "%73ecret=a%2Bb+c&x=1", nil},
		{"no value", form, "secret&x=1", []string{"secret"}, "secret=a%2Bb+c&x=1", nil},
		{"each of two", form, "secret=1&secret=2", []string{"secret"}, "secret=a%2Bb+c&secret=a%2Bb+c", nil},
		{"appended", form, "event=x", []string{"secret"}, "event=x&secret=a%2Bb+c", nil},
		{"into an empty form", form, "", []string{"secret"}, "secret=a%2Bb+c", nil},
		{"basic only", auth("Basic dGVsZXJpdmV0Om9sZA=="), "event=x", []string{"Authorization"}, "event=x", []string{right}},
		{"bearer is replaced", auth("Bearer x"), "event=x", []string{"Authorization"}, "event=x", []string{right}},
		{"basic twice", append(auth("Basic x"), auth("Basic y")...), "event=x", []string{"Authorization"}, "event=x", []string{right, right}},
		{"both", auth("Basic x"), "secret=old", []string{"secret", "Authorization"}, "secret=a%2Bb+c", []string{right}},
		{"no form", []Field{{"Content-Type", "application/json"}}, `{"secret":1}`, []string{"Authorization"}, `{"secret":1}`, []string{right}},
	} {
		t.Run(c.name, func(t *testing.T) {
			q := &Request{Method: "POST", Fields: append([]Field(nil), c.fields...), Body: []byte(c.body)}
			secret := Secret{"env:ONE", "a+b c"}
			changed, err := telerivet().Resign(q, secret, time.Time{})
			if err != nil {
				t.Fatal(err)
			}
			got := []any{changed, string(q.Body), slices.Collect(q.values("Authorization"))}
			if diff := cmp.Diff([]any{c.changed, c.wantBody, c.wantIn}, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if r := telerivet().Check(q, []Secret{secret}); r.Verdict != Valid {
				t.Errorf("signed request is %s: %s", r.Verdict, r.Reason)
			}
		})
	}
}

func TestSignKeepsContentLengthTrue(t *testing.T) {
	q := formRequest("", "content-length: 36")
	if _, err := telerivet().Resign(q, Secret{"env:ONE", "x"}, time.Time{}); err != nil {
		t.Fatal(err)
	}
	if got := header(q.Fields, "Content-Length"); got != "45" || len(q.Body) != 45 {
		t.Errorf("Content-Length %s, body %d bytes", got, len(q.Body))
	}
}
