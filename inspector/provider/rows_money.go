package provider

import "time"

// rowsOfMoney are senders that take payments.
func rowsOfMoney() []row {
	return []row{
		{
			name: "stripe", title: "Stripe", doc: "https://docs.stripe.com/webhooks#verify-manually",
			proof: &signature{
				name: "stripe", headers: []string{"Stripe-Signature"}, layout: pairs{time: "t", sig: "v1"}, past: fiveMinutes,
				signs: []part{theTime, text("."), theBody}, using: hmacSHA256, coded: asHex, key: keyForm{prefix: ""},
			},
			marks: []string{"Stripe-Signature"},
			told:  told{name: "j:type", id: "j:id", at: "j:created"},
			rule:  rule{next: "Stripe tries again for up to three days, ever less often"},
			samples: []sample{{
				event: "payment_intent.succeeded", id: "evt_3MtwBwLkdIwHu7ix28a3tqPa",
				headers: []string{"User-Agent: Stripe/1.0 (+https://stripe.com/docs/webhooks)"},
				body:    `{"id":"evt_3MtwBwLkdIwHu7ix28a3tqPa","object":"event","api_version":"2026-08-27","created":1795299200,"type":"payment_intent.succeeded","livemode":false,"pending_webhooks":1,"data":{"object":{"id":"pi_3MtwBwLkdIwHu7ix28a3tqPa","object":"payment_intent","amount":2000,"currency":"eur","status":"succeeded"}}}`,
			}},
		},
		{
			name: "square", title: "Square", doc: "https://developer.squareup.com/docs/webhooks/step3validate",
			proof: versions{
				{
					name: "square", headers: []string{"x-square-hmacsha256-signature"}, layout: alone{},
					signs: []part{theURL, theBody}, using: hmacSHA256, coded: asBase64,
				},
				{
					name: "square", headers: []string{"x-square-signature"}, layout: alone{},
					signs: []part{theURL, theBody}, using: hmacSHA1, coded: asBase64,
				},
			},
			marks: []string{"x-square-hmacsha256-signature"},
			known: func(q *Request) bool { return header(q.Fields, "x-square-signature") != "" },
			told:  told{name: "j:type", id: "j:event_id", at: "j:created_at"},
			rule:  rule{within: 10 * time.Second, next: "Square tries again for up to a day, ever less often"},
			samples: []sample{{
				event: "payment.created", id: "6a8f5f28-54a1-4eb0-a98a-3111513fd4fc",
				body: `{"merchant_id":"6SSW7HV8K2ST5","type":"payment.created","event_id":"6a8f5f28-54a1-4eb0-a98a-3111513fd4fc","created_at":"2026-11-21T22:10:03.000Z","data":{"type":"payment","id":"KkAkhdMsgzn59SM8A89WgKwekxLZY","object":{"payment":{"id":"KkAkhdMsgzn59SM8A89WgKwekxLZY","amount_money":{"amount":100,"currency":"USD"}}}}}`,
			}},
		},
	}
}
