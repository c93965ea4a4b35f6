package providertest

import (
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"slices"
	"strings"
	"testing"

	"devhook/inspector/provider"
)

// oddSecrets are distinctive, so that finding one in a text can be no accident.
func oddSecrets() []string {
	return []string{
		"S3CR3T-value-9931", "with space 7719", "plus+slash/eq=8842", `quote"s'7713`, "per%25cent%zz0042",
		"line\nbreak5518", "trailing7712\r\n", "ünïcödé-3391", "\xff\xfebinary6617", "a:b:c:d2290", "Zm9vYmFyMTIzNDU2", "<script>7781</script>",
	}
}

// leaks puts a secret into every place of a request, right and wrong ones, and looks for it in all that is said.
func leaks(t *testing.T, p *provider.Provider) {
	for i, value := range oddSecrets() {
		for j, q := range exposed(t, p, value) {
			near := value[:len(value)-1]
			for n, configured := range []string{value, "x" + value, value + "\n", strings.ToUpper(value), near, "quite different 00"} {
				if (i+j+n)%3 != 0 {
					continue // there are many senders, and each way of going wrong comes with several secrets
				}
				s := provider.Secret{Ref: "env:ONE", Value: configured}
				r := p.Check(q, []provider.Secret{s, other}, provider.Secret{Ref: "env:TWO", Value: value})
				texts := append([]string{r.Reason}, r.Hints...)
				for _, c := range r.Checks {
					texts = append(texts, c.Text)
				}
				texts = append(texts, judged(p, q, value)...)
				silent(t, texts, value, configured)
			}
		}
	}
}

// signatures: what is said about a wrong signature does not hold the right one, which would let anybody sign.
func signatures(t *testing.T, p *provider.Provider) {
	k := keysOf(p)
	for _, s := range p.Samples() {
		right, wrong := clone(s.Request), clone(s.Request)
		changed, err := p.Resign(right, k.signRight, now)
		if err != nil {
			t.Fatal(err)
		}
		sign(t, p, wrong, k.signWrong)
		r := p.Check(wrong, []provider.Secret{k.right}, k.wrong)
		texts := append([]string{r.Reason}, r.Hints...)
		for _, c := range r.Checks {
			texts = append(texts, c.Text)
		}
		for _, f := range right.Fields {
			for piece := range strings.FieldsFuncSeq(f.Value, func(c rune) bool { return strings.ContainsRune("=,. ", c) }) {
				if slices.Contains(changed, f.Name) && len(piece) >= 16 {
					silent(t, texts, piece)
				}
			}
		}
	}
}

// judged answers with the secret itself as text, key and value.
func judged(p *provider.Provider, q *provider.Request, value string) (texts []string) {
	jsonType := []provider.Field{{Name: "Content-Type", Value: "application/json"}}
	for _, body := range []string{value, `{"` + value + `":1}`, `{"messages":[{"` + value + `":"` + value + `"},"` + value + `"]}`, `{"variables":{"` + value + `":[]}}`} {
		for _, status := range []int{200, 403} {
			j := p.Assess(q, provider.Answer{Status: status, Fields: jsonType, Body: []byte(body)})
			texts = append(append(texts, j.Text, j.Next), j.Notes...)
		}
	}
	return texts
}

// exposed makes requests that carry the value wherever somebody may have put it.
func exposed(t *testing.T, p *provider.Provider, value string) []*provider.Request {
	var all []*provider.Request
	add := func(change func(q *provider.Request)) {
		q := clone(p.Samples()[0].Request)
		if _, err := p.Resign(q, provider.Secret{Value: value}, now); err != nil {
			sign(t, p, q, keysOf(p).signRight) // this sender has no such secret
		}
		change(q)
		all = append(all, q)
	}
	header := func(name, v string) {
		add(func(q *provider.Request) { q.Fields = append(q.Fields, provider.Field{Name: name, Value: v}) })
	}
	body := func(contentType, b string) {
		add(func(q *provider.Request) {
			q.Fields, q.Body = []provider.Field{{Name: "Content-Type", Value: contentType}}, []byte(b)
		})
	}
	b64, esc := base64.StdEncoding.EncodeToString([]byte(value)), url.QueryEscape(value)
	header("X-Nothing", "")
	header(value, value)
	header("Authorization", value)
	header("Authorization", "Bearer "+value)
	header("Authorization", value+" "+value)
	header("Authorization", "Basic "+value)
	header("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(value+":"+value)))
	header("Content-Type", value)
	header("Content-Length", value)
	body("application/json", `{"`+value+`":"`+value+`","secret":"`+value+`"}`)
	body(value, esc+"="+esc)
	body("application/x-www-form-urlencoded", "event="+esc+"&secret="+b64+"&"+esc+"="+esc+"&secret="+url.QueryEscape(esc))
	add(func(q *provider.Request) { q.Target = "/?" + esc + "=" + esc })
	return all
}

// silent fails if a text holds one of the values, as it is or encoded.
func silent(t *testing.T, texts []string, values ...string) {
	t.Helper()
	for _, v := range values {
		b := []byte(strings.TrimSpace(v))
		for _, form := range []string{strings.TrimSpace(v), url.QueryEscape(string(b)), base64.StdEncoding.EncodeToString(b), hex.EncodeToString(b)} {
			for _, text := range texts {
				if strings.Contains(strings.ToLower(text), strings.ToLower(form)) {
					t.Fatalf("%q tells the secret %q", text, v)
				}
			}
		}
	}
}
