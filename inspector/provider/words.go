package provider

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A scheme that can tell in a few words what proves its sender: "HMAC-SHA256 of time.body in Stripe-Signature".
type wordy interface{ words() string }

// Proves tells in a few words what proves the sender.
func (p *Provider) Proves() string {
	if p.Proof != "" {
		return p.Proof
	}
	if w, ok := p.by.(wordy); ok {
		return w.words()
	}
	if names := p.Carriers(); len(names) > 0 {
		return "a proof in " + strings.Join(names, ", ")
	}
	return "nothing that can be checked offline"
}

// Carriers are the headers and fields that hold what proves the sender, as a signed sample has them.
func (p *Provider) Carriers() []string {
	if p.Sign == nil || p.MakeSecret == nil || p.Samples == nil || len(p.Samples()) == 0 {
		return nil
	}
	_, key := p.MakeSecret([32]byte{1})
	q := p.Samples()[0].Request
	q.URL, q.Fields, q.Body = "https://example.com"+q.Target, slices.Clone(q.Fields), slices.Clone(q.Body)
	names, err := p.Resign(&q, Secret{Value: key}, time.Unix(1, 0))
	if err != nil {
		return nil
	}
	return names
}

func (k *signature) words() string {
	text := algorithmName(k.using) + " of " + k.spelt() + " in " + k.headers[0]
	if k.past > 0 {
		text += fmt.Sprintf(", at most %s old", shortest(k.past))
	}
	return text
}

// spelt writes the signed bytes with a word for each part. The words stand in marks that tell where one ends and the next begins.
func (k *signature) spelt() string {
	body := "<body>"
	m := &message{
		q: &Request{Method: "<method>", Target: "<path>", URL: "<url>", Body: []byte(body)}, url: "<url>", body: []byte(body),
		time: "<time>", id: "<id>", nonce: "<nonce>",
	}
	sum5, sum256 := md5.Sum([]byte(body)), sha256.Sum256([]byte(body))
	text := strings.NewReplacer(
		hex.EncodeToString(sum5[:]), "<md5(body)>",
		hex.EncodeToString(sum256[:]), "<sha256(body)>",
		base64.StdEncoding.EncodeToString(sum256[:]), "<sha256(body)>",
		string(sum256[:]), "<sha256(body)>",
	).Replace(string(k.signed(m, "<secret>")))
	return strings.NewReplacer("><", "+", "<", "", ">", "", "\n", `\n`).Replace(text)
}

// lacks says that a header, or what stands for one, is not there.
func (k *signature) lacks(name string) string { return "no " + name + " " + or(k.kind, "header") }

// expects tells what a signed request would have had.
func (k *signature) expects() string {
	names := []string{k.headers[0]}
	for _, name := range [...]string{k.id, k.time, k.nonce} {
		if name != "" {
			names = append(names, name)
		}
	}
	what, them := "header", "it"
	if k.kind != "" {
		what = "field"
	}
	if len(names) > 1 {
		what, them = what+"s", "them"
	}
	return fmt.Sprintf("a request that %s signs has the %s %s; this one comes from elsewhere, or lost %s on its way", k.name, what, listing(names), them)
}

// listing joins names as a sentence does.
func listing(names []string) string {
	last := len(names) - 1
	if last < 1 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

func (v versions) words() string {
	text := v[0].words()
	if len(v) > 1 {
		text += "; older: " + v[1].headers[0]
	}
	return text
}

func (k sharedSecret) words() string {
	return "the secret itself, " + k.expected
}

// algorithmName is what people call an algorithm.
func algorithmName(a algorithm) string {
	switch a := a.(type) {
	case keyed:
		if size := a().Size(); size > 20 {
			return fmt.Sprintf("HMAC-SHA%d", 8*size)
		}
		return "HMAC-SHA1"
	case plainSHA256:
		return "SHA-256"
	case edwards:
		return "Ed25519"
	case fmt.Stringer:
		return a.String()
	}
	return "a signature"
}

// inWords is a duration of whole seconds for people: "7 days", "2 days 3h", "1h5m", "5m".
func inWords(d time.Duration) string {
	const day = 24 * time.Hour
	if d < 2*day {
		return shortest(d)
	}
	text := fmt.Sprintf("%d days", d/day)
	if hours := d % day / time.Hour; hours > 0 {
		text += fmt.Sprintf(" %dh", hours)
	}
	return text
}

// shortest is a duration without its zeros: 5m, not 5m0s.
func shortest(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// wants are the statuses that are success, in words.
func (r rule) wants() string {
	switch {
	case r.from == 0:
		return "2xx"
	case r.from == r.to:
		return fmt.Sprint(r.from)
	case r.from == 200 && r.to == 399:
		return "2xx, 3xx"
	}
	return fmt.Sprintf("%d to %d", r.from, r.to)
}

// Succeeds tells which statuses the sender takes for success: "2xx".
func (p *Provider) Succeeds() string { return or(p.Success, rule{}.wants()) }
