package provider

import "testing"

// Of a name that is there twice, each value is signed, in its order; the expected signature is of openssl dgst.
func TestPlivoRepeatedNames(t *testing.T) {
	p, _ := ByName("plivo")
	for body, want := range map[string]Verdict{"b=2&a=x&a=b": Valid, "a=b&b=2&a=x": Valid, "b=2&a=x": Invalid, "b=2&a=b&a=y": Invalid} {
		q := &Request{
			Method: "POST", URL: "https://h.example.com/w?c=2&c=1", Target: "/w?c=2&c=1", Body: []byte(body),
			Fields: []Field{
				{"Content-Type", formType},
				{"X-Plivo-Signature-V3-Nonce", "n1"},
				{"X-Plivo-Signature-V3", "QehovetP6XYslexK1+8H4KN9q2hVM/25QSAvwobsKGs="},
			},
		}
		if r := p.Check(q, []Secret{{"env:ONE", "tok"}}); r.Verdict != want {
			t.Errorf("%s: %s: %s", body, r.Verdict, r.Reason)
		}
	}
}
