package provider

import "time"

// rowsOfShops are senders of orders and subscriptions.
func rowsOfShops() []row {
	return []row{fromShopify(), fromWooCommerce(), fromFourthwall(), fromLemonSqueezy(), fromPaddle(), fromPolar(), fromChargebee(), fromRecurly()}
}

func fromShopify() row {
	return row{
		name: "shopify", title: "Shopify", doc: "https://shopify.dev/docs/apps/build/webhooks/subscribe/https",
		proof: ofBody("shopify", "X-Shopify-Hmac-Sha256", "", hmacSHA256, asBase64),
		marks: []string{"X-Shopify-Topic"},
		told:  told{name: "h:X-Shopify-Topic", id: "h:X-Shopify-Webhook-Id", at: "h:X-Shopify-Triggered-At"},
		rule:  rule{within: 5 * time.Second, next: "Shopify tries again up to eight times in four hours, then removes a subscription that was made by an app"},
		samples: []sample{{
			event: "orders/create", id: "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043",
			headers: []string{"X-Shopify-Topic: orders/create", "X-Shopify-Shop-Domain: shop.example.com", "X-Shopify-API-Version: 2026-10", "X-Shopify-Webhook-Id: b54557e4-bdd9-4b37-8a5f-bf7d70bcd043", "X-Shopify-Event-Id: 98880550-7158-44d4-b7cd-2c97c8a091b5", "X-Shopify-Triggered-At: 2026-11-21T22:13:20.123456789Z"},
			body:    `{"id":820982911946154500,"email":"ann@example.com","created_at":"2026-11-21T17:13:20-05:00","currency":"EUR","total_price":"24.00","line_items":[{"id":866550311766439000,"title":"Coffee","quantity":2,"price":"12.00"}]}`,
		}},
	}
}

func fromWooCommerce() row {
	return row{
		name: "woocommerce", title: "WooCommerce", doc: "https://woocommerce.com/document/webhooks/",
		proof: ofBody("woocommerce", "X-WC-Webhook-Signature", "", hmacSHA256, asBase64),
		marks: []string{"X-WC-Webhook-Topic"},
		told:  told{name: "h:X-WC-Webhook-Topic", id: "h:X-WC-Webhook-Delivery-ID"},
		rule:  rule{next: "WooCommerce does not try again; after five failures in a row it switches the webhook off"},
		samples: []sample{{
			event: "order.created", id: "9f3c1b7a5d2e4f60",
			headers: []string{"User-Agent: WooCommerce/10.3.0 Hookshot (WordPress/6.8)", "X-WC-Webhook-Source: https://shop.example.com/", "X-WC-Webhook-Topic: order.created", "X-WC-Webhook-Resource: order", "X-WC-Webhook-Event: created", "X-WC-Webhook-ID: 3", "X-WC-Webhook-Delivery-ID: 9f3c1b7a5d2e4f60"},
			body:    `{"id":727,"status":"processing","currency":"EUR","date_created":"2026-11-21T22:13:20","total":"24.00","billing":{"first_name":"Ann","email":"ann@example.com"},"line_items":[{"id":315,"name":"Coffee","quantity":2,"total":"24.00"}]}`,
		}},
	}
}

func fromFourthwall() row {
	return row{
		name: "fourthwall", title: "Fourthwall", doc: "https://docs.fourthwall.com/webhooks/signature-verification/",
		proof: ofBody("fourthwall", "X-Fourthwall-Hmac-SHA256", "", hmacSHA256, asBase64),
		marks: []string{"X-Fourthwall-Hmac-SHA256"},
		told:  told{name: "j:type", id: "j:id", at: "j:createdAt"},
		samples: []sample{{
			event: "ORDER_PLACED", id: "weve_aBcDeFgHiJkLmNoP",
			body: `{"testMode":false,"id":"weve_aBcDeFgHiJkLmNoP","webhookId":"wcon_qRsTuVwXyZ","shopId":"sh_0123456789","type":"ORDER_PLACED","apiVersion":"V1","createdAt":"2026-11-21T22:13:20.000Z","data":{"id":"6a0b1c2d-3e4f-4506-8172-8394a5b6c7d8","friendlyId":"ABC123","email":"ann@example.com","amounts":{"total":{"value":24,"currency":"EUR"}}}}`,
		}},
	}
}

func fromLemonSqueezy() row {
	return row{
		name: "lemonsqueezy", title: "Lemon Squeezy", doc: "https://docs.lemonsqueezy.com/help/webhooks/signing-requests",
		proof: ofBody("lemonsqueezy", "X-Signature", "", hmacSHA256, asHex),
		marks: []string{"X-Event-Name", "X-Signature"},
		told:  told{name: "h:X-Event-Name j:meta.event_name"},
		rule:  rule{from: 200, to: 200, next: "Lemon Squeezy tries again up to three times, after 5, 25 and 125 seconds"},
		samples: []sample{{
			event: "order_created", headers: []string{"X-Event-Name: order_created"},
			body: `{"meta":{"event_name":"order_created","custom_data":{"customer_id":"25"}},"data":{"type":"orders","id":"1","attributes":{"store_id":1,"identifier":"104e18a2-d755-4d4b-80c4-a6c1dcbe1c10","user_email":"ann@example.com","currency":"EUR","total":2400,"status":"paid","created_at":"2026-11-21T22:13:20.000000Z"}}}`,
		}},
	}
}

func fromPaddle() row {
	return row{
		name: "paddle", title: "Paddle", doc: "https://developer.paddle.com/webhooks/signature-verification",
		proof: &signature{
			name: "paddle", headers: []string{"Paddle-Signature"}, layout: pairs{time: "ts", sig: "h1", separator: ";"}, past: 5 * time.Second,
			signs: []part{theTime, text(":"), theBody}, using: hmacSHA256, coded: asHex,
		},
		marks: []string{"Paddle-Signature"},
		told:  told{name: "j:event_type", id: "j:event_id", at: "j:occurred_at"},
		rule:  rule{within: 5 * time.Second, next: "Paddle tries again up to 60 times in three days, in its sandbox three times in 15 minutes"},
		samples: []sample{{
			event: "transaction.paid", id: "evt_01hv8wptq8987qeep44cyrewp9",
			headers: []string{"User-Agent: Paddle"},
			body:    `{"event_id":"evt_01hv8wptq8987qeep44cyrewp9","event_type":"transaction.paid","occurred_at":"2026-11-21T22:13:20.500000Z","notification_id":"ntf_01hv8wptvrpqmgqxqqqnhy4c9k","data":{"id":"txn_01hv8wptq8987qeep44cyrewp9","status":"paid","currency_code":"EUR","details":{"totals":{"total":"2400","currency_code":"EUR"}}}}`,
		}},
	}
}

func fromPolar() row {
	return row{
		name: "polar", title: "Polar", doc: "https://polar.sh/docs/integrate/webhooks/delivery",
		proof: standardWebhooksOfText("polar"),
		marks: []string{"webhook-id", "User-Agent: polar.sh"},
		told:  told{name: "j:type", id: "h:webhook-id", at: "j:timestamp"},
		rule:  rule{within: 10 * time.Second, next: "Polar tries again up to ten times, ever less often"},
		samples: []sample{{
			event: "order.paid", id: "5c9d2e7f-8a41-4b3c-9d6e-0f1a2b3c4d5e",
			headers: []string{"User-Agent: polar.sh webhooks", "webhook-id: 5c9d2e7f-8a41-4b3c-9d6e-0f1a2b3c4d5e"},
			body:    `{"type":"order.paid","timestamp":"2026-11-21T22:13:20.000000Z","data":{"id":"0b1c2d3e-4f50-4617-8283-94a5b6c7d8e9","status":"paid","total_amount":2400,"currency":"eur","customer":{"id":"7a8b9c0d-1e2f-4031-8425-36475869708a","email":"ann@example.com"}}}`,
		}},
	}
}

func fromChargebee() row {
	return row{
		name: "chargebee", title: "Chargebee", doc: "https://www.chargebee.com/docs/billing/2.0/site-configuration/webhook_settings",
		proof: inBasic("chargebee", "Chargebee"),
		marks: []string{"j:webhook_status", "j:event_type", "j:object: event"},
		told:  told{name: "j:event_type", id: "j:id", at: "j:occurred_at"},
		rule:  rule{next: "Chargebee tries again up to seven times in three days, ever less often"},
		samples: []sample{{
			event: "payment_succeeded", id: "ev_16BPgETyVrQbiGhA",
			headers: []string{"User-Agent: ChargeBee"},
			body:    `{"id":"ev_16BPgETyVrQbiGhA","occurred_at":1795299200,"source":"scheduled","object":"event","api_version":"v2","event_type":"payment_succeeded","webhook_status":"scheduled","content":{"transaction":{"id":"txn_16BPgETyVrQ1","amount":2400,"currency_code":"EUR","status":"success"}}}`,
		}},
	}
}

func fromRecurly() row {
	return row{
		name: "recurly", title: "Recurly", doc: "https://docs.recurly.com/recurly-subscriptions/docs/signature-headers",
		proof: &signature{
			name: "recurly", headers: []string{"recurly-signature"}, layout: led{}, unit: inMillis, past: fiveMinutes,
			signs: []part{theTime, text("."), theBody}, using: hmacSHA256, coded: asHex,
		},
		marks: []string{"recurly-signature"},
		told:  told{name: "j:object_type+j:event_type", id: "j:id", at: "j:event_time"},
		samples: []sample{{
			event: "account.created", id: "sk7b2v5q9xwd",
			body: `{"id":"sk7b2v5q9xwd","object_type":"account","site_id":"qk3f8m2c7t5z","event_type":"created","event_time":"2026-11-21T22:13:20Z","account_code":"ann-25"}`,
		}},
	}
}
