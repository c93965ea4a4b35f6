package main

import (
	"crypto/sha256"
	"fmt"

	"devhook/inspector/provider"
)

// A pack is one way in which a sender's package judges requests, and of whom.
type pack struct {
	sdk     string            // its name in senders.mjs
	kind    string            // which of the sender's signatures, if it has several
	sender  string            // whose requests it judges, by devhook's name
	preset  []provider.Field  // headers that choose it
	secrets string            // the sender whose kind of secret it takes, if not its own
	covers  string            // what of the body is signed, if not all of it: "some fields" or "nothing"
	get     bool              // it takes GET, without a body, as well
	empty   bool              // it judges an empty body: it does not parse what is in it
	also    []provider.Sample // beside devhook's own
	pair    [2]string         // what joins two signatures, and behind what a signature begins
	chance  bool              // two signatures of one request differ: a nonce, or an algorithm with chance in it
	differs differences       // by the name of a case: why the package's verdict is another than devhook's
}

// packs are the packages, by sender.
func packs() []pack {
	all := []pack{
		{sdk: "adyen", sender: "adyen", covers: "some fields"},
		{sdk: "adyen-banking", kind: "HmacSignature", sender: "adyen", empty: true, preset: []provider.Field{{Name: "HmacSignature", Value: "x"}}},
		{sdk: "box", sender: "box", empty: true},
		{sdk: "chargebee", sender: "chargebee", covers: "nothing"},
		{sdk: "clerk", sender: "clerk", pair: spaced},
		{sdk: "coinbase_commerce", sender: "coinbase_commerce"},
		{sdk: "discord", sender: "discord"},
		{sdk: "github", sender: "github", empty: true},
		{sdk: "gocardless", sender: "gocardless"},
		{sdk: "hubspot-v1", kind: "v1", sender: "hubspot", empty: true, preset: []provider.Field{{Name: "X-HubSpot-Signature", Value: "x"}, {Name: "X-HubSpot-Signature-Version", Value: "v1"}}},
		{sdk: "hubspot-v2", kind: "v2", sender: "hubspot", empty: true, preset: []provider.Field{{Name: "X-HubSpot-Signature", Value: "x"}, {Name: "X-HubSpot-Signature-Version", Value: "v2"}}},
		{sdk: "hubspot-v3", kind: "v3", sender: "hubspot", empty: true},
		{sdk: "line", sender: "line", empty: true},
		{sdk: "linear", sender: "linear"},
		{sdk: "messagebird", sender: "messagebird", get: true},
		{sdk: "messagebird-jwt", sender: "messagebird_jwt", get: true, chance: true},
		{sdk: "mux", sender: "mux", empty: true, pair: [2]string{",v1=", "v1="}},
		{sdk: "notion", sender: "notion", empty: true},
		{sdk: "openai", sender: "openai", empty: true, pair: spaced},
		{sdk: "paddle", sender: "paddle", empty: true, pair: [2]string{";h1=", "h1="}},
		{sdk: "plivo-v2", kind: "V2", sender: "plivo", get: true, preset: []provider.Field{{Name: "X-Plivo-Signature-V2", Value: "x"}}, covers: "nothing"},
		{sdk: "plivo-v3", kind: "V3", sender: "plivo", get: true, pair: [2]string{",", ""}},
		{sdk: "pusher", sender: "pusher"},
		{sdk: "razorpay", sender: "razorpay", empty: true},
		{sdk: "replicate", sender: "replicate", pair: spaced},
		{sdk: "resend", sender: "resend", pair: spaced},
		{sdk: "sendgrid", sender: "sendgrid", chance: true},
		{sdk: "seven", sender: "seven", empty: true, get: true, chance: true},
		{sdk: "shopify", sender: "shopify"},
		{sdk: "slack", sender: "slack", empty: true},
		{sdk: "square", sender: "square", empty: true},
		{sdk: "standardwebhooks", sender: "standardwebhooks", empty: true, pair: spaced},
		{sdk: "standardwebhooks", kind: "with a signing token", sender: "gitlab", empty: true, secrets: "standardwebhooks", pair: spaced},
		{sdk: "stripe", sender: "stripe", pair: [2]string{",v1=", "v1="}},
		{sdk: "svix", sender: "svix", pair: spaced},
		{sdk: "telnyx", sender: "telnyx"},
		{sdk: "twilio", sender: "twilio", get: true, also: []provider.Sample{twilioJSON()}},
		{sdk: "vonage", sender: "vonage", chance: true},
		{sdk: "webflow", sender: "webflow", empty: true},
		{sdk: "workos", sender: "workos"},
	}
	for i := range all {
		all[i].differs = known()[all[i].sdk]
	}
	return all
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
