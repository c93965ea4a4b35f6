package main

import (
	"crypto/sha256"
	"fmt"

	"devhook/inspector/provider"
)

// A pack is one way in which a sender's package judges requests, and of whom.
type pack struct {
	sdk       string           // its name in senders.mjs
	kind      string           // which of the sender's signatures, if it has several
	providers []string         // the senders whose requests it judges, by devhook's names
	preset    []provider.Field // headers that choose it
	secrets   string           // the sender whose kind of secret it takes, if not its own
	tamper    [2]string        // what to change in the body for what; the default is its last digit
	covers    string           // what of the body is signed, if not all of it: "some fields" or "nothing"
	get       bool             // it takes GET, without a body, as well
	also      []provider.Sample
	pair      [2]string // what joins two signatures, and behind what a signature begins
	chance    bool      // two signatures of one request differ: a nonce, or an algorithm with chance in it
	differs   map[string]string
}

// Why a package differs from devhook in a case; more than one does so.
const (
	onlyAge     = "looks only for what is too old, not for what is ahead"
	anyAge      = "does not look at the age"
	looseBase64 = "Node.js decodes base64 with junk behind it"
	looseHex    = "Node.js decodes hex with junk behind it"
	fiveSeconds = "allows clocks five seconds, devhook one"
	rewritten   = "judges the body as JSON.stringify writes it anew"
	payload     = "judges the token alone, not payload_hash in it"
)

// packs are the packages, by sender.
func packs() []pack {
	return []pack{
		{sdk: "adyen", providers: []string{"adyen"}, covers: "some fields"},
		{sdk: "adyen-banking", kind: "HmacSignature", providers: []string{"adyen"}, preset: []provider.Field{{Name: "HmacSignature", Value: "x"}}, differs: map[string]string{"junk behind the signature": looseBase64}},
		{sdk: "box", providers: []string{"box"}, differs: map[string]string{"junk behind the signature": looseBase64, "10m0s ahead": "takes nothing that is ahead of its clock, not even by a second"}},
		{sdk: "chargebee", providers: []string{"chargebee"}, covers: "nothing"},
		{sdk: "clerk", providers: []string{"clerk"}, pair: spaced},
		{sdk: "coinbase_commerce", providers: []string{"coinbase_commerce"}},
		{sdk: "discord", providers: []string{"discord"}},
		{sdk: "github", providers: []string{"github"}},
		{sdk: "gocardless", providers: []string{"gocardless"}, differs: map[string]string{"junk behind the signature": looseHex}},
		{sdk: "hubspot-v1", kind: "v1", providers: []string{"hubspot"}, preset: []provider.Field{{Name: "X-HubSpot-Signature", Value: "x"}, {Name: "X-HubSpot-Signature-Version", Value: "v1"}}},
		{sdk: "hubspot-v2", kind: "v2", providers: []string{"hubspot"}, preset: []provider.Field{{Name: "X-HubSpot-Signature", Value: "x"}, {Name: "X-HubSpot-Signature-Version", Value: "v2"}}},
		{sdk: "hubspot-v3", kind: "v3", providers: []string{"hubspot"}},
		{sdk: "line", providers: []string{"line"}, differs: map[string]string{"junk behind the signature": looseBase64}},
		{sdk: "linear", providers: []string{"linear"}},
		{sdk: "messagebird", providers: []string{"messagebird"}, get: true, differs: map[string]string{"junk behind the signature": looseBase64, "two days old": "takes nothing older than 100 s", "address with escapes": "writes the query anew, with %20 for + and no escape for an apostrophe"}},
		{sdk: "messagebird-jwt", providers: []string{"messagebird_jwt"}, get: true, chance: true, differs: map[string]string{"junk behind the signature": looseBase64, "a second too old": fiveSeconds, "a second too far ahead": fiveSeconds}},
		{sdk: "mux", providers: []string{"mux"}, pair: [2]string{",v1=", "v1="}},
		{sdk: "notion", providers: []string{"notion"}},
		{sdk: "openai", providers: []string{"openai"}, pair: spaced, differs: map[string]string{"junk behind the signature": looseBase64}},
		{sdk: "paddle", providers: []string{"paddle"}, pair: [2]string{";h1=", "h1="}, differs: map[string]string{"two signatures, the first right": "keeps only the last h1"}},
		{sdk: "plivo-v2", kind: "V2", providers: []string{"plivo"}, get: true, preset: []provider.Field{{Name: "X-Plivo-Signature-V2", Value: "x"}}, covers: "nothing"},
		{sdk: "plivo-v3", kind: "V3", providers: []string{"plivo"}, get: true, pair: [2]string{",", ""}, differs: map[string]string{"another method": "knows GET and POST only"}},
		{sdk: "pusher", providers: []string{"pusher"}},
		{sdk: "razorpay", providers: []string{"razorpay"}},
		{sdk: "replicate", providers: []string{"replicate"}, pair: spaced, differs: map[string]string{"a second too old": anyAge, "a second too far ahead": anyAge}},
		{sdk: "resend", providers: []string{"resend"}, pair: spaced},
		{sdk: "sendgrid", providers: []string{"sendgrid"}, chance: true, differs: map[string]string{"junk behind the signature": looseBase64}},
		{sdk: "seven", providers: []string{"seven"}, get: true, chance: true},
		{sdk: "shopify", providers: []string{"shopify"}},
		{sdk: "slack", providers: []string{"slack"}, differs: map[string]string{"a second too far ahead": onlyAge}},
		{sdk: "square", providers: []string{"square"}},
		{sdk: "standardwebhooks", providers: []string{"standardwebhooks"}, pair: spaced},
		{sdk: "standardwebhooks", kind: "with a signing token", providers: []string{"gitlab"}, secrets: "standardwebhooks", pair: spaced},
		{sdk: "stripe", providers: []string{"stripe"}, pair: [2]string{",v1=", "v1="}},
		{sdk: "svix", providers: []string{"svix"}, pair: spaced},
		{sdk: "telnyx", providers: []string{"telnyx"}},
		{sdk: "twilio", providers: []string{"twilio"}, get: true, also: []provider.Sample{twilioJSON()}},
		{sdk: "vonage", providers: []string{"vonage"}, chance: true, differs: map[string]string{"body changed": payload, "body cut by a byte": payload, "space behind the body": payload, "a second too far ahead": onlyAge}},
		{sdk: "webflow", providers: []string{"webflow"}, differs: map[string]string{"a second too old": anyAge}},
		{sdk: "workos", providers: []string{"workos"}, differs: map[string]string{"line break at the end": rewritten, "space behind the body": rewritten, "a second too far ahead": onlyAge}},
	}
}

// spaced is how Standard Webhooks writes two signatures.
var spaced = [2]string{" v1,", "v1,"}

const bodyHash = "bodySHA256="

// twilioJSON is how Twilio sends what is no form: the address holds the digest of the body.
func twilioJSON() provider.Sample {
	const body = `{"event":"conference-end","id":"CF0123456789abcdef0123456789abcdef","n":1}`
	return provider.Sample{Event: "JSON", Request: provider.Request{
		Method: "POST", Target: fmt.Sprintf("/webhook?%s%x&x=1", bodyHash, sha256.Sum256([]byte(body))), Body: []byte(body),
		Fields: []provider.Field{{Name: "Content-Type", Value: "application/json"}},
	}}
}

// samples are the requests that the package is asked about.
func (k *pack) samples(p *provider.Provider) []provider.Sample {
	return append(p.Samples(), k.also...)
}
