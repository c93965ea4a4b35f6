package provider

import "time"

// rowsOfPayments are further senders that take payments, and those that keep the books.
func rowsOfPayments() []row {
	return []row{fromRazorpay(), fromGoCardless(), fromCoinbaseCommerce(), fromXero(), fromPayPal(), fromPlaid(), fromAppleAppStore()}
}

func fromRazorpay() row {
	return row{
		name: "razorpay", title: "Razorpay", doc: "https://razorpay.com/docs/webhooks/validate-test/",
		proof: ofBody("razorpay", "X-Razorpay-Signature", "", hmacSHA256, asHex),
		marks: []string{"X-Razorpay-Signature"},
		told:  told{name: "j:event", id: "h:x-razorpay-event-id", at: "j:created_at"},
		rule:  rule{within: 5 * time.Second, next: "Razorpay tries again for a day, ever less often, then switches the webhook off"},
		samples: []sample{{
			event: "payment.captured", id: "PXo3hZ7aB9cD1e",
			headers: []string{"User-Agent: Razorpay-Webhook/v1", "x-razorpay-event-id: PXo3hZ7aB9cD1e"},
			body:    `{"entity":"event","account_id":"acc_BFQ7uQEaa7j2z7","event":"payment.captured","contains":["payment"],"payload":{"payment":{"entity":{"id":"pay_DESlfW9H8K9uqM","entity":"payment","amount":10000,"currency":"INR","status":"captured","email":"ann@example.com"}}},"created_at":1795299200}`,
		}},
	}
}

func fromGoCardless() row {
	return row{
		name: "gocardless", title: "GoCardless", doc: "https://developer.gocardless.com/getting-started/api/staying-up-to-date-with-webhooks/",
		proof: ofBody("gocardless", "Webhook-Signature", "", hmacSHA256, asHex),
		marks: []string{"Webhook-Signature", "j:events.0.resource_type"},
		told:  told{name: "j:events.0.resource_type+j:events.0.action", id: "j:meta.webhook_id j:events.0.id", at: "j:events.0.created_at"},
		rule:  rule{within: 10 * time.Second, next: "GoCardless tries again up to eight times, ever less often"},
		samples: []sample{{
			event: "payments.confirmed", id: "WB0029QFZ3C7KM",
			headers: []string{"User-Agent: gocardless-webhook-service/1.2"},
			body:    `{"events":[{"id":"EV0123C7KMXY9Z","created_at":"2026-11-21T22:13:20.000Z","resource_type":"payments","action":"confirmed","links":{"payment":"PM0045ABCD12EF"},"details":{"origin":"gocardless","cause":"payment_confirmed","description":"The payment is confirmed"}}],"meta":{"webhook_id":"WB0029QFZ3C7KM"}}`,
		}},
	}
}

func fromCoinbaseCommerce() row {
	return row{
		name: "coinbase_commerce", title: "Coinbase Commerce", doc: "https://docs.cdp.coinbase.com/commerce/docs/webhooks-security",
		proof: ofBody("coinbase_commerce", "X-CC-Webhook-Signature", "", hmacSHA256, asHex),
		marks: []string{"X-CC-Webhook-Signature"},
		told:  told{name: "j:event.type", id: "j:event.id", at: "j:event.created_at", retry: "j:attempt_number", firstTry: 1},
		rule:  rule{next: "Coinbase Commerce tries again for up to three days, ever less often"},
		samples: []sample{{
			event: "charge:confirmed", id: "4f6b1c2d-7e8a-4903-8b1c-2d3e4f5a6b7c",
			body: `{"attempt_number":1,"id":"1d2e3f40-5162-4738-8495-a6b7c8d9e0f1","scheduled_for":"2026-11-21T22:13:20Z","event":{"api_version":"2018-03-22","created_at":"2026-11-21T22:13:19Z","id":"4f6b1c2d-7e8a-4903-8b1c-2d3e4f5a6b7c","resource":"event","type":"charge:confirmed","data":{"code":"66BEOV2A","name":"Coffee","pricing_type":"fixed_price"}}}`,
		}},
	}
}

func fromXero() row {
	return row{
		name: "xero", title: "Xero", doc: "https://developer.xero.com/documentation/guides/webhooks/overview/",
		proof: ofBody("xero", "x-xero-signature", "", hmacSHA256, asBase64),
		marks: []string{"x-xero-signature"},
		told:  told{name: "j:events.0.eventCategory+j:events.0.eventType", at: "j:events.0.eventDateUtc"},
		rule:  rule{within: 5 * time.Second, from: 200, to: 200, next: "Xero tries again for a day, ever less often, then switches the webhook off"},
		samples: []sample{{
			event: "CONTACT.UPDATE",
			body:  `{"events":[{"resourceUrl":"https://api.xero.com/api.xro/2.0/Contacts/717f2bfc-c6d4-41fd-b238-3f2f0c0cf777","resourceId":"717f2bfc-c6d4-41fd-b238-3f2f0c0cf777","eventDateUtc":"2026-11-21T22:13:20.000","eventType":"UPDATE","eventCategory":"CONTACT","tenantId":"c2cc9b6e-9458-4c7d-93cc-f02b81b0594f","tenantType":"ORGANISATION"}],"firstEventSequence":1,"lastEventSequence":1,"entropy":"S0m3r4Nd0mt3xt"}`,
		}},
	}
}

func fromPayPal() row {
	return row{
		name: "paypal", title: "PayPal", doc: "https://developer.paypal.com/api/rest/webhooks/rest/",
		why:   "it signs with a certificate that must be fetched from the address in Paypal-Cert-Url",
		marks: []string{"Paypal-Transmission-Id"},
		told:  told{name: "j:event_type", id: "j:id", at: "j:create_time"},
		rule:  rule{next: "PayPal tries again up to 25 times in three days"},
		samples: []sample{{
			event: "PAYMENT.CAPTURE.COMPLETED", id: "WH-58D329510W468432D-8HN650336L201105X",
			headers: []string{"Paypal-Transmission-Id: 69cd13f0-d67a-11e5-baa3-778b53f4ae55", "Paypal-Transmission-Time: 2026-11-21T22:13:20Z", "Paypal-Auth-Algo: SHA256withRSA", "Paypal-Transmission-Sig: bm90IGEgc2lnbmF0dXJl"},
			body:    `{"id":"WH-58D329510W468432D-8HN650336L201105X","event_version":"1.0","create_time":"2026-11-21T22:13:20.000Z","resource_type":"capture","event_type":"PAYMENT.CAPTURE.COMPLETED","summary":"Payment completed for EUR 24.0 EUR","resource":{"id":"42311647XV020574X","status":"COMPLETED","amount":{"currency_code":"EUR","value":"24.00"}}}`,
		}},
		secretHeaders: []string{"Paypal-Transmission-Sig"},
	}
}

func fromPlaid() row {
	return row{
		name: "plaid", title: "Plaid", doc: "https://plaid.com/docs/api/webhooks/webhook-verification/",
		why:   "it signs with a key that must be fetched from Plaid by the id in Plaid-Verification",
		marks: []string{"Plaid-Verification"},
		told:  told{name: "j:webhook_type+j:webhook_code"},
		rule:  rule{within: 10 * time.Second, from: 200, to: 200, next: "Plaid tries again for up to a day, first after 30 seconds, then four times as long each time"},
		samples: []sample{{
			event:   "TRANSACTIONS.SYNC_UPDATES_AVAILABLE",
			headers: []string{"Plaid-Verification: bm90.YQ.dG9rZW4"},
			body:    `{"webhook_type":"TRANSACTIONS","webhook_code":"SYNC_UPDATES_AVAILABLE","item_id":"wz666MBjYWTp2PDzzggYhM6oWWmBb","initial_update_complete":true,"historical_update_complete":false,"environment":"production"}`,
		}},
		secretHeaders: []string{"Plaid-Verification"},
	}
}

func fromAppleAppStore() row {
	return row{
		name: "apple", title: "Apple App Store", doc: "https://developer.apple.com/documentation/appstoreservernotifications",
		why:   "it signs with a chain of certificates that ends at one of Apple's, which devhook does not carry",
		marks: []string{"j:signedPayload: eyJ"},
		told:  told{name: "=notification"},
		rule:  rule{from: 200, to: 206, next: "Apple tries again five times, after 1, 12, 24, 48 and 72 hours"},
		samples: []sample{{
			event: "notification",
			body:  `{"signedPayload":"eyJhbGciOiJFUzI1NiJ9.eyJub3RpZmljYXRpb25UeXBlIjoiVEVTVCJ9.bm90IGEgc2lnbmF0dXJl"}`,
		}},
	}
}
