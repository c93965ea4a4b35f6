package provider

import "time"

// rowsOfOthers are senders with something of their own: a public key, two keys at once, the address behind the body.
func rowsOfOthers() []row {
	return []row{
		{
			name: "sendgrid", title: "SendGrid", doc: "https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features",
			proof: &signature{
				name: "sendgrid", headers: []string{"X-Twilio-Email-Event-Webhook-Signature"}, layout: alone{}, time: "X-Twilio-Email-Event-Webhook-Timestamp",
				signs: []part{theTime, theBody}, using: nistP256{}, coded: asBase64, key: keyForm{coded: asBase64},
			},
			marks: []string{"X-Twilio-Email-Event-Webhook-Signature"},
			told:  told{name: "j:0.event", id: "j:0.sg_event_id", at: "j:0.timestamp"},
			rule:  rule{next: "SendGrid tries again for up to a day, ever less often"},
			samples: []sample{{
				event: "delivered", id: "ZGVsaXZlcmVkLTAtMTA5OTQ5MTktTFJ6WGxfTkg",
				body: `[{"email":"ann@example.com","event":"delivered","ip":"168.1.1.1","response":"250 OK","sg_event_id":"ZGVsaXZlcmVkLTAtMTA5OTQ5MTktTFJ6WGxfTkg","sg_message_id":"LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0","smtp-id":"<LRzXl_NHStOGhQ4kofSm_A@mail.example.com>","timestamp":1795299200}]` + "\r\n",
			}},
		},
		{
			name: "box", title: "Box", doc: "https://developer.box.com/guides/webhooks/v2/signatures-v2/",
			proof: &signature{
				name: "box", headers: []string{"BOX-SIGNATURE-PRIMARY", "BOX-SIGNATURE-SECONDARY"}, each: true, layout: alone{}, time: "BOX-DELIVERY-TIMESTAMP", unit: inRFC3339,
				fixed: []string{"BOX-SIGNATURE-VERSION: 1", "BOX-SIGNATURE-ALGORITHM: HmacSHA256"}, past: 10 * time.Minute, future: 10 * time.Minute,
				signs: []part{theBody, theTime}, using: hmacSHA256, coded: asBase64,
			},
			marks: []string{"BOX-DELIVERY-ID", "BOX-SIGNATURE-VERSION"},
			told:  told{name: "j:trigger", id: "h:BOX-DELIVERY-ID", at: "j:created_at"},
			rule:  rule{within: 30 * time.Second, next: "Box tries again up to ten times, ever less often"},
			samples: []sample{{
				event: "FILE.UPLOADED", id: "f96bb54b-ee16-4fc5-aa65-8c2d9e5b546f", headers: []string{"BOX-DELIVERY-ID: f96bb54b-ee16-4fc5-aa65-8c2d9e5b546f"},
				body: `{"type":"webhook_event","id":"eb0c4e06-751f-442c-86f8-fd5bb404dbec","created_at":"2026-11-21T14:10:03-08:00","trigger":"FILE.UPLOADED","webhook":{"id":"1234567890","type":"webhook"},"source":{"id":"73835521473","type":"file","name":"menu.pdf"}}`,
			}},
		},
		{
			name: "trello", title: "Trello", doc: "https://developer.atlassian.com/cloud/trello/guides/rest-api/webhooks/#webhook-signatures",
			proof: &signature{
				name: "trello", headers: []string{"X-Trello-Webhook"}, layout: alone{}, signs: []part{theBody, theURL}, using: hmacSHA1, coded: asBase64,
			},
			marks: []string{"X-Trello-Webhook"},
			told:  told{name: "j:action.type", id: "j:action.id", at: "j:action.date"},
			rule:  rule{next: "Trello tries again after 30, 60 and 120 seconds, and disables a webhook that fails for long"},
			samples: []sample{{
				event: "updateCard", id: "51f9424bcd6e040f3c002412",
				body: `{"action":{"id":"51f9424bcd6e040f3c002412","idMemberCreator":"4fc78a59a885233f4b349bd9","type":"updateCard","date":"2026-11-21T22:10:03.000Z","data":{"card":{"id":"51f9424bcd6e040f3c0023aa","name":"Open on Sunday"}}},"model":{"id":"4d5ea62fd76aa1136000000c","name":"Shop"}}`,
			}},
		},
		{
			name: "twitter", title: "X (Twitter)", doc: "https://docs.x.com/x-api/webhooks/introduction",
			proof: ofBody("twitter", "x-twitter-webhooks-signature", "sha256=", hmacSHA256, asBase64),
			marks: []string{"x-twitter-webhooks-signature"},
			told: told{
				name: "j:event_type", id: "j:tweet_create_events.0.id_str j:direct_message_events.0.id", at: "j:direct_message_events.0.created_timestamp j:tweet_create_events.0.timestamp_ms", unit: inMillis,
			},
			rule: rule{within: 10 * time.Second, next: "X does not say whether it tries again"},
			samples: []sample{{
				id:   "1593100000000000001",
				body: `{"for_user_id":"2244994945","tweet_create_events":[{"created_at":"Sat Nov 21 22:10:03 +0000 2026","timestamp_ms":"1795299003000","id":1593100000000000001,"id_str":"1593100000000000001","text":"@shop is it open on Sunday?","user":{"id_str":"30042922","screen_name":"ann"}}]}`,
			}},
		},
	}
}
