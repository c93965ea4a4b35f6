package provider

import (
	"crypto/sha256"
	"net/url"
	"time"
)

// rowsOfTokens are senders that sign with a JSON Web Token, and what such a sender had before.
func rowsOfTokens() []row {
	vonage := webToken{name: "vonage", header: "Authorization", prefix: "Bearer ", issuer: "Vonage", body: "payload_hash", kinds: []string{"HS256"}, leeway: fiveMinutes}
	netlify := webToken{name: "netlify", header: "X-Webhook-Signature", issuer: "netlify", body: "sha256", kinds: []string{"HS256"}, leeway: fiveMinutes}
	bird := webToken{
		name: "messagebird_jwt", header: "MessageBird-Signature-JWT", issuer: "MessageBird", body: "payload_hash", url: "url_hash",
		kinds: []string{"HS256", "HS384", "HS512"}, lives: time.Minute, leeway: time.Second,
	}
	birdTold := told{name: "j:type j:status q:status", id: "j:id q:id j:message.id", at: "j:createdDatetime q:statusDatetime j:message.createdDatetime", perEvent: true}
	birdRule := rule{next: "MessageBird tries again up to ten times, ever less often"}
	birdBody := `{"type":"message.created","message":{"id":"8fa4bcb4b2e54b4ab9b1d3ea5dc5d0a6","conversationId":"2e15efafec384e1c82e9842075e87beb","direction":"received","status":"received","type":"text","content":{"text":"is it open on Sunday?"},"createdDatetime":"2026-11-21T22:10:03Z"}}`
	return []row{
		{
			name: "vonage", title: "Vonage", doc: "https://developer.vonage.com/en/getting-started/concepts/webhooks#decoding-signed-webhooks",
			asks:  "an NCCO: what to do with a call",
			how:   "JWT (HS256) with a hash of the body, in Authorization",
			proof: vonage, known: vonage.knows,
			told: told{name: "j:status j:channel j:type", id: "j:message_uuid j:uuid j:messageId", at: "j:timestamp", perEvent: true},
			rule: rule{next: "Vonage tries again for up to a day, ever less often"},
			samples: []sample{{
				event: "sms", id: "aaaaaaaa-bbbb-cccc-dddd-0123456789ab",
				body: `{"to":"447700900000","from":"447700900001","channel":"sms","message_uuid":"aaaaaaaa-bbbb-cccc-dddd-0123456789ab","timestamp":"2026-11-21T22:10:03Z","text":"is it open on Sunday?","message_type":"text"}`,
			}},
		},
		{
			name: "netlify", title: "Netlify", doc: "https://docs.netlify.com/deploy/deploy-notifications/#payload-signature",
			how:   "JWT (HS256) with a hash of the body, in X-Webhook-Signature",
			proof: netlify, known: netlify.knows,
			told: told{name: "h:X-Netlify-Event j:state", id: "j:id", at: "j:updated_at", perEvent: true},
			samples: []sample{{
				event: "deploy_created", id: "5f7f0b9e4d2c6a0008d3c1aa", headers: []string{"X-Netlify-Event: deploy_created"},
				body: `{"id":"5f7f0b9e4d2c6a0008d3c1aa","site_id":"3970e0fe-8564-4903-9a55-c5f8de49fb8b","state":"ready","name":"shop","url":"https://shop.example.com","branch":"main","created_at":"2026-11-21T22:09:11.000Z","updated_at":"2026-11-21T22:10:03.000Z"}`,
			}},
		},
		{
			name: "messagebird_jwt", title: "Bird (MessageBird)", doc: "https://developers.messagebird.com/api/#verifying-http-requests",
			how:   "JWT (HS256, HS384, HS512) with hashes of url and body, in MessageBird-Signature-JWT",
			proof: bird, marks: []string{"MessageBird-Signature-JWT"}, told: birdTold, rule: birdRule,
			samples: []sample{{event: "message.created", id: "8fa4bcb4b2e54b4ab9b1d3ea5dc5d0a6", body: birdBody}},
		},
		{
			name: "messagebird", title: "MessageBird's older webhooks", doc: "https://github.com/messagebird/go-rest-api/tree/master/signature",
			proof: &signature{
				name: "messagebird", headers: []string{"MessageBird-Signature"}, layout: alone{}, time: "MessageBird-Request-Timestamp",
				signs: []part{theTime, text("\n"), queryByName, text("\n"), bodySHA256}, using: hmacSHA256, coded: asBase64,
				uncovered: "it covers the query and the body, and not the path",
			},
			marks: []string{"MessageBird-Signature"}, told: birdTold, rule: birdRule,
			samples: []sample{{event: "message.created", id: "8fa4bcb4b2e54b4ab9b1d3ea5dc5d0a6", body: birdBody}},
		},
	}
}

// queryByName is the address's query in the order of its names.
func queryByName(m *message, b []byte) []byte {
	u, err := url.Parse(m.url)
	if err != nil {
		return append(b, m.url...)
	}
	return append(b, u.Query().Encode()...)
}

// bodySHA256 is the digest's bytes themselves.
func bodySHA256(m *message, b []byte) []byte {
	sum := sha256.Sum256(m.body)
	return append(b, sum[:]...)
}
