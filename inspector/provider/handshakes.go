package provider

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
)

// challenges are the handshakes of all senders, by name. What is given back is never anything but a token of the request
// or a digest of it.
func challenges() map[string][]challenge {
	return map[string][]challenge{
		"slack": {{event: "url_verification", method: "POST", where: []string{"j:type=url_verification", "j:challenge"}, value: "j:challenge", signed: mayBe, answer: asText, alone: true}},
		"meta":  {{event: "subscribe", method: "GET", where: []string{"q:hub.mode=subscribe", "q:hub.challenge", "q:hub.verify_token"}, value: "q:hub.challenge", token: "q:hub.verify_token", answer: asText, alone: true}},
		"zoom": {{
			event: "endpoint.url_validation", method: "POST", where: []string{"j:event=endpoint.url_validation", "j:payload.plainToken"},
			value: "j:payload.plainToken", plain: true, signed: mayBe, answer: encrypted, alone: true,
		}},
		"dropbox": {{event: "challenge", method: "GET", where: []string{"q:challenge"}, value: "q:challenge", answer: asText}},
		"twitter": {{event: "crc", method: "GET", where: []string{"q:crc_token"}, value: "q:crc_token", plain: true, answer: responseToken, alone: true}},
		"discord": {{event: "ping", method: "POST", where: []string{"j:type=1"}, signed: orRefused, answer: always(`{"type":1}`)}},
		"twitch": {{
			event: "webhook_callback_verification", method: "POST", where: []string{"h:Twitch-Eventsub-Message-Type=webhook_callback_verification", "j:challenge"},
			value: "j:challenge", signed: mayBe, answer: asText, alone: true,
		}},
		"asana":           {{event: "X-Hook-Secret", method: "POST", where: []string{"h:X-Hook-Secret"}, value: "h:X-Hook-Secret", answer: inLine("X-Hook-Secret"), alone: true}},
		"trello":          {{event: "creation check", method: "HEAD", answer: always("")}},
		"microsoft_graph": {{event: "validationToken", method: "POST", where: []string{"q:validationToken"}, value: "q:validationToken", answer: asText, alone: true}},
		"azure_event_grid": {
			{event: "SubscriptionValidation", method: "POST", where: []string{"h:aeg-event-type=SubscriptionValidation", "j:0.data.validationCode"}, value: "j:0.data.validationCode", answer: asJSON("validationResponse"), alone: true},
			{event: "CloudEvents validation", method: "OPTIONS", where: []string{"h:WebHook-Request-Origin"}, value: "h:WebHook-Request-Origin", answer: inLine("WebHook-Allowed-Origin"), alone: true},
		},
		"okta":   {{event: "verification", method: "GET", where: []string{"h:X-Okta-Verification-Challenge"}, value: "h:X-Okta-Verification-Challenge", answer: asJSON("verification"), alone: true}},
		"monday": {{event: "challenge", method: "POST", where: []string{"!h:Twitch-Eventsub-Message-Type", "j:challenge"}, sole: true, value: "j:challenge", answer: asJSON("challenge"), alone: true}},
		"notion": {{event: "verification_token", method: "POST", where: []string{"j:verification_token"}, answer: always("")}},
		"websub": {{event: "hub.challenge", method: "GET", where: []string{"q:hub.mode", "q:hub.topic", "q:hub.challenge"}, value: "q:hub.challenge", answer: asText, alone: true}},
		"aws_sns": {{
			event: "SubscriptionConfirmation", where: []string{"h:x-amz-sns-message-type=SubscriptionConfirmation"}, alone: true,
			why: "its SubscribeURL must be opened, which devhook never does by itself: open it if the subscription is yours",
		}},
	}
}

var plainText = []Field{{"Content-Type", "text/plain"}, {"X-Content-Type-Options", "nosniff"}}

func asText(value string, _ Secret) *Reply {
	return &Reply{Status: 200, Fields: append([]Field(nil), plainText...), Body: []byte(value)}
}

func asJSON(member string) func(string, Secret) *Reply {
	return func(value string, _ Secret) *Reply { return jsonReply(map[string]string{member: value}) }
}

func jsonReply(v any) *Reply {
	b, _ := json.Marshal(v) // strings in a map
	return &Reply{Status: 200, Fields: []Field{{"Content-Type", "application/json"}}, Body: b}
}

func inLine(name string) func(string, Secret) *Reply {
	return func(value string, _ Secret) *Reply {
		return &Reply{Status: 200, Fields: []Field{{name, value}}}
	}
}

// always is an answer that holds nothing of the request: JSON, or nothing.
func always(body string) func(string, Secret) *Reply {
	return func(string, Secret) *Reply {
		r := &Reply{Status: 200, Body: []byte(body)}
		if body != "" {
			r.Fields = []Field{{"Content-Type", "application/json"}}
		}
		return r
	}
}

func encrypted(value string, s Secret) *Reply {
	return jsonReply(map[string]string{"plainToken": value, "encryptedToken": hex.EncodeToString(digest(value, s))})
}

func responseToken(value string, s Secret) *Reply {
	return jsonReply(map[string]string{"response_token": "sha256=" + base64.StdEncoding.EncodeToString(digest(value, s))})
}

func digest(value string, s Secret) []byte {
	h := hmac.New(sha256.New, []byte(s.Value))
	h.Write([]byte(value))
	return h.Sum(nil)
}
