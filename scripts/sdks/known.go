package main

// differences are the cases in which a package's verdict is known to be another than devhook's, with the reason.
type differences map[string]string

// Why a package differs from devhook in a case; more than one does so.
const (
	onlyAge     = "looks only for what is too old, not for what is ahead"
	anyAge      = "does not look at the age"
	looseBase64 = "Node.js decodes base64 with junk behind it"
	looseHex    = "Node.js decodes hex with junk behind it"
	fiveSeconds = "allows clocks five seconds, devhook one"
	ownQuery    = "writes the query anew, with %20 for + and no escape for an apostrophe"
	rewritten   = "judges the body as JSON.stringify writes it anew"
	payload     = "judges the token alone, not payload_hash in it"
)

// known are the differences, by package as it is called in senders.mjs.
func known() map[string]differences {
	return map[string]differences{
		"adyen-banking": {"junk behind the signature": looseBase64},
		"box": {
			"junk behind the signature": looseBase64,
			"10m0s ahead":               "takes nothing that is ahead of its clock, not even by a second",
		},
		"chargebee":  {"junk behind the signature": looseBase64},
		"github":     {"empty body": "throws on an empty body"},
		"gocardless": {"junk behind the signature": looseHex},
		"hubspot-v3": {"apostrophe escaped on the way": "takes the address as it is; by HubSpot's documentation some escapes are undone first"},
		"line":       {"junk behind the signature": looseBase64},
		"messagebird": {
			"junk behind the signature":      looseBase64,
			"two days old":                   "takes nothing older than 100 s",
			"address with escapes":           ownQuery,
			"apostrophe escaped on the way":  ownQuery,
			"escape of an apostrophe undone": ownQuery,
		},
		"messagebird-jwt": {
			"junk behind the signature": looseBase64,
			"a second too old":          fiveSeconds,
			"a second too far ahead":    fiveSeconds,
		},
		"openai":   {"junk behind the signature": looseBase64},
		"paddle":   {"two signatures, the first right": "keeps only the last h1"},
		"plivo-v3": {"another method": "knows GET and POST only"},
		"replicate": {
			"a second too old":       anyAge,
			"a second too far ahead": anyAge,
		},
		"sendgrid": {"junk behind the signature": looseBase64},
		"slack":    {"a second too far ahead": onlyAge},
		"vonage": {
			"body changed":           payload,
			"body cut by a byte":     payload,
			"space behind the body":  payload,
			"a second too far ahead": onlyAge,
		},
		"webflow": {"a second too old": anyAge},
		"workos": {
			"line break at the end":  rewritten,
			"space behind the body":  rewritten,
			"a second too far ahead": onlyAge,
		},
	}
}
