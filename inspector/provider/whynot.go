package provider

import "bytes"

// Bounds of the guesses for one request: each costs a digest of the body.
const (
	maxTried  = 400
	maxHashed = 64 << 20 // bytes, of all together
)

// A guess is a change to what was signed, or to the secret, with the words for it. advice says what to do if it fits.
type guess[T any] struct {
	text   string
	value  T
	advice string
}

// words are what fits, and what to do then.
func (g guess[T]) words() string {
	if g.advice == "" {
		return g.text
	}
	return g.text + ": " + g.advice
}

// A hunt looks for what would have made a wrong signature right, within its bounds.
type hunt struct {
	k             *signature
	sigs          []guess[[]byte]
	bytes         [][]byte // of sigs
	tried, hashed int
}

// whyNot says nothing that was not computed: each hint names a change with which the very bytes give the very signature.
// The first that fits is told; changes to two things are tried last. tried is how many there were, the request as it is left
// out.
func (k *signature) whyNot(q *Request, f *found, secrets []Secret) (hints []string, tried int) {
	if q.Quick {
		return nil, 0
	}
	h := &hunt{k: k, sigs: k.decoded(f.sigs)}
	if len(h.sigs) == 0 {
		return nil, 0
	}
	for _, sig := range h.sigs {
		h.bytes = append(h.bytes, sig.value)
	}
	hints = h.run(k.messageGuesses(q, f), secrets)
	return hints, h.tried - len(secrets)
}

func (h *hunt) run(messages []guess[*message], secrets []Secret) []string {
	type pair struct{ key, message int }
	for _, want := range [...]func(p pair) bool{
		func(p pair) bool { return p.message == 0 },
		func(p pair) bool { return p.message > 0 && p.key == 0 },
		func(p pair) bool { return p.message > 0 && p.key > 0 },
	} {
		for _, s := range secrets {
			for n, key := range h.k.keyGuesses(s.Value) {
				for m, message := range messages {
					if !want(pair{n, m}) {
						continue
					}
					if hint := h.try(key, message, s); hint != "" {
						return []string{hint}
					}
					if h.tried > maxTried || h.hashed > maxHashed {
						return nil
					}
				}
			}
		}
	}
	return nil
}

// try tries one key and one message with the algorithm, and with its neighbours where nothing else was changed.
func (h *hunt) try(key guess[[]byte], message guess[*message], s Secret) string {
	signed := h.k.signed(message.value, string(key.value))
	h.tried++
	h.hashed += max(len(signed), len(message.value.body)) // some sign a digest of the body
	if n := whichFits(h.k.using, key.value, signed, h.bytes); n >= 0 && key.text+message.text+h.sigs[n].text != "" {
		return fitting(key, message, h.sigs[n].text, s)
	}
	if key.text+message.text != "" || len(signed) > maxHintBody/4 {
		return ""
	}
	for _, other := range [...]guess[algorithm]{{text: "SHA-1", value: hmacSHA1}, {text: "SHA-256", value: hmacSHA256}, {text: "SHA-512", value: hmacSHA512}} {
		h.hashed += len(signed)
		if whichFits(other.value, key.value, signed, h.bytes) >= 0 {
			return ref(s) + " fits the signature as HMAC with " + other.text + ", which is not what this header holds"
		}
	}
	return ""
}

// fitting words what fits: "SECRET with a change fits THIS: do that".
func fitting(key guess[[]byte], message guess[*message], sig string, s Secret) string {
	text := ref(s)
	if key.text != "" {
		text += " " + key.text
	}
	switch {
	case message.text == "":
		text += " fits the signature" + sig
	case sig != "":
		text += " fits " + message.text + ", with the signature" + sig
	default:
		text += " fits " + message.text
	}
	if advice := or(message.advice, key.advice); advice != "" {
		text += ": " + advice
	}
	return text
}

// decoded are the signatures as bytes, also those that are coded otherwise than they should be.
func (k *signature) decoded(sigs []string) (all []guess[[]byte]) {
	for _, s := range sigs {
		if b, err := k.coded.decode(s); err == nil {
			all = append(all, guess[[]byte]{value: b})
		}
		for _, c := range [...]coding{asHex, asBase64} {
			if b, err := c.decode(s); err == nil && c != k.coded {
				all = append(all, guess[[]byte]{text: " read as " + c.name() + ", not as " + k.coded.name(), value: b})
			}
		}
	}
	return all
}

// messageGuesses are what the sender may have signed, what came first.
func (k *signature) messageGuesses(q *Request, f *found) []guess[*message] {
	all := []guess[*message]{{value: k.message(q, f)}}
	if k.has(theURL) {
		for _, u := range urlGuesses(q) {
			m := k.message(q, f)
			m.url = u.value
			all = append(all, guess[*message]{u.text, m, u.advice})
		}
	}
	for _, b := range bodyGuesses(q) {
		m := k.message(q, f)
		m.body = b.value
		all = append(all, guess[*message]{b.text, m, b.advice})
	}
	for _, t := range momentGuesses(f.time) {
		m := k.message(q, f)
		m.time = t.value
		all = append(all, guess[*message]{t.text, m, t.advice})
	}
	return all
}

// momentGuesses are the moment in the other unit.
func momentGuesses(moment string) []guess[string] {
	switch len(moment) {
	case len("1795299300000"):
		return []guess[string]{{text: "the moment in seconds", value: moment[:len(moment)-3], advice: "the header has it in milliseconds"}}
	case len("1795299300"):
		return []guess[string]{{text: "the moment in milliseconds", value: moment + "000", advice: "the header has it in seconds"}}
	}
	return nil
}

// has reports whether a part is signed. Parts are functions, so it is tried.
func (k *signature) has(p part) bool {
	probe := &message{q: &Request{Method: "\x01"}, url: "\x02", body: []byte("\x03"), time: "\x04", id: "\x05", nonce: "\x06"}
	return bytes.Contains(k.signed(probe, "\x07"), p(probe, nil))
}
