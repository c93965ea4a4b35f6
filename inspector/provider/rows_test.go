package provider

import (
	"crypto/sha256"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestMarks: a request is recognised as its sender's, whoever else's it resembles. Only what builds on another sender's
// format may bear that one's marks too, and then it comes first.
func TestMarks(t *testing.T) {
	like := map[string]string{
		"clerk": "svix", "resend": "svix", "openai": "standardwebhooks", "polar": "standardwebhooks", "replicate": "standardwebhooks",
		"gitea": "github", "forgejo": "gitea github",
	}
	for _, r := range rows() {
		for _, s := range r.provider().Samples() {
			q := s.Request
			if r.proof != nil {
				_, private := r.proof.secret(sha256.Sum256([]byte(r.name)))
				if _, err := r.proof.sign(&q, Secret{Value: private}, time.Unix(1795299300, 0)); err != nil {
					t.Fatal(err)
				}
			}
			for _, other := range rows() {
				if other.name == r.name || !other.knows(&q) {
					continue
				}
				if !strings.Contains(like[r.name], other.name) {
					t.Errorf("a request of %s bears the marks of %s", r.name, other.name)
				}
				if other.name < r.name {
					t.Errorf("a request of %s is taken for one of %s", r.name, other.name)
				}
			}
			if !r.knows(&q) && len(r.marks) > 0 { // some are known by their handshake alone
				t.Errorf("a request of %s does not bear its marks", r.name)
			}
		}
	}
}

// ages are how old, and how far ahead, a signature may be; nobody else's is judged.
var ages = map[string][2]time.Duration{
	"standardwebhooks": {5 * time.Minute, 5 * time.Minute}, "svix": {5 * time.Minute, 5 * time.Minute}, "clerk": {5 * time.Minute, 5 * time.Minute},
	"resend": {5 * time.Minute, 5 * time.Minute}, "openai": {5 * time.Minute, 5 * time.Minute}, "replicate": {5 * time.Minute, 5 * time.Minute},
	"polar": {5 * time.Minute, 5 * time.Minute}, "gitlab": {5 * time.Minute, 5 * time.Minute},
	"box": {10 * time.Minute, 10 * time.Minute}, "ricloud": {10 * time.Minute, 0},
	"slack": {5 * time.Minute, 5 * time.Minute}, "zoom": {5 * time.Minute, 5 * time.Minute}, "seven": {5 * time.Minute, 5 * time.Minute},
	"telnyx": {5 * time.Minute, 5 * time.Minute}, "workos": {3 * time.Minute, 3 * time.Minute}, "linear": {time.Minute, time.Minute},
	"stripe": {5 * time.Minute, 0}, "hubspot": {5 * time.Minute, 0}, "recurly": {5 * time.Minute, 0}, "mux": {5 * time.Minute, 0},
	"calendly": {5 * time.Minute, 0}, "webflow": {5 * time.Minute, 0}, "paddle": {5 * time.Second, 0}, "twitch": {10 * time.Minute, 0},
	"elevenlabs": {30 * time.Minute, 0},
}

// TestAges holds every sender's signature against a clock set to the limit, and a second beyond.
func TestAges(t *testing.T) {
	judged := map[string]bool{}
	judge := func(name string, kinds versions, sample Request) {
		for n, k := range kinds {
			limits := ages[name]
			if n > 0 { // an older kind
				limits = [2]time.Duration{k.past, k.future}
			}
			if k.past != limits[0] || k.future != limits[1] {
				t.Errorf("%s accepts what is %v old and %v ahead, want %v", name, k.past, k.future, limits)
			}
			judged[name] = judged[name] || k.past > 0
			aged(t, name, k, sample)
		}
	}
	for _, r := range rows() {
		judge(r.name, kindsOf(r.proof), r.provider().Samples()[0].Request)
	}
	judge("seven", versions{sevenScheme().signed}, sevenSamples()[0].Request)
	judge("ricloud", versions{ricloudScheme()}, ricloud().Samples()[0].Request)
	for _, name := range slices.Sorted(maps.Keys(ages)) {
		if !judged[name] {
			t.Errorf("no age of %s is judged", name)
		}
	}
	t.Logf("%d senders judge ages", len(ages))
}

func aged(t *testing.T, name string, k *signature, q Request) {
	t.Helper()
	signed := time.Unix(1795299300, 0)
	check, private := k.secret(sha256.Sum256([]byte(name)))
	q.URL = "https://shop.example.com" + q.Target
	if _, err := k.sign(&q, Secret{Value: private}, signed); err != nil {
		t.Fatal(err)
	}
	at := func(after time.Duration, want Verdict) {
		t.Helper()
		q.At = signed.Add(after)
		got := k.verify(&q, []Secret{{"env:ONE", check}})
		if got.Verdict != want {
			t.Errorf("%s, judged %v after it was signed, is %s: %s", name, after, got.Verdict, got.Reason)
		}
		if got.Verdict == Invalid && (!strings.Contains(got.Reason, "at most") || len(got.Hints) == 0) {
			t.Errorf("%s: nothing says that its age is wrong: %q, %q", name, got.Reason, got.Hints)
		}
	}
	at(0, Valid)
	at(k.past, Valid)
	at(-k.future, Valid)
	const beyond = 100 * 365 * 24 * time.Hour
	if k.past > 0 {
		at(k.past+time.Second, Invalid)
		at(beyond, Invalid)
	} else {
		at(beyond, Valid)
	}
	if k.future > 0 {
		at(-k.future-time.Second, Invalid)
		at(-40*365*24*time.Hour, Invalid)
	} else {
		at(-40*365*24*time.Hour, Valid)
	}
}
