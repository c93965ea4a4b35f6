package provider

// rowsOfMail are senders of mail that tell what became of it.
func rowsOfMail() []row {
	return []row{fromResend(), fromPostmark(), fromBrevo()}
}

func fromResend() row {
	return row{
		name: "resend", title: "Resend", doc: "https://resend.com/docs/dashboard/webhooks/verify-webhooks-requests",
		proof: standardWebhooks("resend", "svix-"),
		marks: []string{"svix-id", "j:data.email_id"},
		told:  told{name: "j:type", id: "h:svix-id", at: "j:created_at"},
		rule:  rule{next: "Resend tries again after 5 seconds, 5 and 30 minutes, and 2, 5 and 10 hours"},
		samples: []sample{{
			event: "email.delivered", id: "msg_2oLkRg4Hn1xW7cQv5bT9yZ0aJdE",
			headers: []string{"User-Agent: Svix-Webhooks/1.45.0", "svix-id: msg_2oLkRg4Hn1xW7cQv5bT9yZ0aJdE"},
			body:    `{"type":"email.delivered","created_at":"2026-11-21T22:13:20.126Z","data":{"email_id":"56761188-7520-42d8-8898-ff6fc54ce618","created_at":"2026-11-21T22:13:18.894Z","from":"Shop <shop@example.com>","to":["ann@example.com"],"subject":"Your order"}}`,
		}},
	}
}

func fromPostmark() row {
	return row{
		name: "postmark", title: "Postmark", doc: "https://postmarkapp.com/developer/webhooks/webhooks-overview",
		proof: inBasic("postmark", "Postmark"),
		marks: []string{"j:RecordType", "j:MessageStream"},
		told:  told{name: "j:RecordType", id: "j:MessageID j:ID", at: "j:DeliveredAt j:BouncedAt j:ReceivedAt j:ChangedAt", perEvent: true},
		rule:  rule{from: 200, to: 200, next: "Postmark tries bounces and inbound mail again up to ten times in hours, the others three times in 15 minutes, and nothing after 403"},
		samples: []sample{{
			event: "Delivery", id: "883953f4-6105-42a2-a16a-77a8eac79483",
			headers: []string{"User-Agent: Postmark"},
			body:    `{"MessageID":"883953f4-6105-42a2-a16a-77a8eac79483","Recipient":"ann@example.com","DeliveredAt":"2026-11-21T22:13:20Z","Details":"250 accepted","Tag":"order","ServerID":23,"Metadata":{"order":"1001"},"RecordType":"Delivery","MessageStream":"outbound"}`,
		}},
	}
}

func fromBrevo() row {
	return row{
		name: "brevo", title: "Brevo", doc: "https://help.brevo.com/hc/en-us/articles/15127404548498-Brevo-IP-ranges-List-of-publicly-exposed-services",
		why:   "it signs nothing, but publishes the addresses it calls from",
		marks: []string{"j:message-id", "j:ts_event", "j:event"},
		told:  told{name: "j:event", id: "j:message-id", at: "j:ts_event", perEvent: true},
		rule:  rule{next: "Brevo tries again four times, after 10 minutes, 1, 2 and 8 hours, but not after a 4xx other than 429, nor after a 5xx"},
		samples: []sample{{
			event: "delivered", id: "<202611212213.11223344556@smtp-relay.example.com>",
			body: `{"event":"delivered","email":"ann@example.com","id":26224,"date":"2026-11-21 22:13:20","ts":1795299200,"message-id":"<202611212213.11223344556@smtp-relay.example.com>","ts_event":1795299200,"subject":"Your order","sending_ip":"192.0.2.17","tags":["order"]}`,
		}},
	}
}
