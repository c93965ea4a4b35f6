package main

import (
	"strings"

	"devhook/inspector/provider"
)

// A pack is one way in which a sender's package judges requests, and of whom.
type pack struct {
	sdk       string   // its name in senders.mjs
	kind      string   // which of the sender's signatures, if it has several
	providers []string // the senders whose requests it judges, by devhook's names
	only      string   // a piece of the sample's body or headers by which the package knows what is for it; "" for all
	preset    []provider.Field
	tamper    [2]string // what to change in the body for what; the default is its last digit
	covers    string    // what of the body is signed, if not all: other changes prove nothing
	pair      [2]string // what joins two signatures, and behind what a signature begins
	chance    bool      // two signatures of one request differ: a nonce, or an algorithm with chance in it
	differs   map[string]string
}

// Why a package differs from devhook in a case; more than one does so.
const (
	onlyAge      = "looks only for what is too old, not for what is ahead"
	anyAge       = "does not look at the age"
	looseBase64  = "Node.js decodes base64 with junk behind it"
	looseHex     = "Node.js decodes hex with junk behind it"
)

// packs are the packages, by sender.
func packs() []pack {
	return []pack{
		{sdk: "adyen", providers: []string{"adyen"}},
		{sdk: "adyen-banking", kind: "HmacSignature", providers: []string{"adyen"}, preset: []provider.Field{{Name: "HmacSignature", Value: "x"}}},
		{sdk: "box", providers: []string{"box"}},
		{sdk: "clerk", providers: []string{"clerk"}, pair: spaced},
		{sdk: "coinbase_commerce", providers: []string{"coinbase_commerce"}},
		{sdk: "discord", providers: []string{"discord"}},
		{sdk: "github", providers: []string{"github"}},
		{sdk: "gocardless", providers: []string{"gocardless"}},
		{sdk: "hubspot-v1", kind: "v1", providers: []string{"hubspot"}, preset: []provider.Field{{Name: "X-HubSpot-Signature", Value: "x"}, {Name: "X-HubSpot-Signature-Version", Value: "v1"}}},
		{sdk: "hubspot-v2", kind: "v2", providers: []string{"hubspot"}, preset: []provider.Field{{Name: "X-HubSpot-Signature", Value: "x"}, {Name: "X-HubSpot-Signature-Version", Value: "v2"}}},
		{sdk: "hubspot-v3", kind: "v3", providers: []string{"hubspot"}},
		{sdk: "line", providers: []string{"line"}},
		{sdk: "linear", providers: []string{"linear"}},
		{sdk: "messagebird", providers: []string{"messagebird"}},
		{sdk: "messagebird-jwt", providers: []string{"messagebird_jwt"}, chance: true},
		{sdk: "mux", providers: []string{"mux"}, pair: [2]string{",v1=", "v1="}},
		{sdk: "notion", providers: []string{"notion"}},
		{sdk: "openai", providers: []string{"openai"}, pair: spaced},
		{sdk: "paddle", providers: []string{"paddle"}, pair: [2]string{";h1=", "h1="}},
		{sdk: "plivo-v2", kind: "V2", providers: []string{"plivo"}, preset: []provider.Field{{Name: "X-Plivo-Signature-V2", Value: "x"}}},
		{sdk: "plivo-v3", kind: "V3", providers: []string{"plivo"}, pair: [2]string{",", ""}},
		{sdk: "pusher", providers: []string{"pusher"}},
		{sdk: "razorpay", providers: []string{"razorpay"}},
		{sdk: "replicate", providers: []string{"replicate"}, pair: spaced},
		{sdk: "resend", providers: []string{"resend"}, pair: spaced},
		{sdk: "sendgrid", providers: []string{"sendgrid"}, chance: true},
		{sdk: "seven", providers: []string{"seven"}, chance: true},
		{sdk: "shopify", providers: []string{"shopify"}},
		{sdk: "slack", providers: []string{"slack"}, differs: map[string]string{"a second too far ahead": onlyAge}},
		{sdk: "square", providers: []string{"square"}},
		{sdk: "standardwebhooks", providers: []string{"standardwebhooks"}, pair: spaced},
		{sdk: "stripe", providers: []string{"stripe"}, pair: [2]string{",v1=", "v1="}},
		{sdk: "svix", providers: []string{"svix"}, pair: spaced},
		{sdk: "telnyx", providers: []string{"telnyx"}},
		{sdk: "twilio", providers: []string{"twilio"}},
		{sdk: "vonage", providers: []string{"vonage"}, chance: true},
		{sdk: "webflow", providers: []string{"webflow"}},
		{sdk: "workos", providers: []string{"workos"}},
	}
}

// spaced is how Standard Webhooks writes two signatures.
var spaced = [2]string{" v1,", "v1,"}

// takes says whether a sample is one that the package judges.
func (k *pack) takes(s *provider.Sample) bool {
	if k.only == "" || strings.Contains(string(s.Request.Body), k.only) {
		return true
	}
	for _, f := range s.Request.Fields {
		if strings.EqualFold(f.Name, k.only) {
			return true
		}
	}
	return false
}
