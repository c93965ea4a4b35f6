package provider

import "time"

// rowsOfForms are senders whose signature is over a form, or a few fields of the body.
func rowsOfForms() []row {
	adyenRule := rule{within: 10 * time.Second, next: "Adyen tries again after some minutes, ever less often, for up to a week"}
	return []row{
		{
			name: "twilio", title: "Twilio", doc: "https://www.twilio.com/docs/usage/webhooks/webhooks-security",
			asks:  "TwiML: what to say, play or send",
			how:   "HMAC-SHA1 of url+sorted form fields in X-Twilio-Signature",
			proof: twilioProof(), marks: []string{"X-Twilio-Signature"},
			told: told{
				name: "f:CallStatus f:MessageStatus f:SmsStatus f:EventType q:CallStatus q:MessageStatus j:0.type", perEvent: true,
				id: "f:MessageSid f:CallSid f:SmsSid q:MessageSid q:CallSid j:0.id h:I-Twilio-Idempotency-Token",
			},
			rule: rule{within: 15 * time.Second, next: "Twilio does not try again, unless the address asks for it behind a #"},
			samples: []sample{{
				event: "received", id: "SM7f2b1c0d3e4f5a6b7c8d9e0f1a2b3c4d",
				headers: []string{"Content-Type: application/x-www-form-urlencoded; charset=UTF-8", "User-Agent: TwilioProxy/1.1", "I-Twilio-Idempotency-Token: 7b0a2b3c-7c0a-4d4d-8f3e-0d0c7bb9c7d1"},
				body:    "ToCountry=US&SmsMessageSid=SM7f2b1c0d3e4f5a6b7c8d9e0f1a2b3c4d&NumMedia=0&SmsSid=SM7f2b1c0d3e4f5a6b7c8d9e0f1a2b3c4d&SmsStatus=received&Body=is+it+open+on+Sunday%3F&FromCountry=US&To=%2B15005550006&NumSegments=1&MessageSid=SM7f2b1c0d3e4f5a6b7c8d9e0f1a2b3c4d&AccountSid=AC0123456789abcdef0123456789abcdef&From=%2B14158675309&ApiVersion=2010-04-01",
			}},
		},
		{
			name: "plivo", title: "Plivo", doc: "https://www.plivo.com/docs/voice/concepts/signature-validation",
			asks:  "XML: what to say, play or send",
			how:   "HMAC-SHA256 of url+sorted fields+nonce in X-Plivo-Signature-V3",
			proof: plivoProof(), marks: []string{"X-Plivo-Signature-V3"},
			known: func(q *Request) bool {
				return q.marked("X-Plivo-Signature-V2") || q.marked("X-Plivo-Signature-Ma-V3") || q.marked("X-Plivo-Signature-Ma-V2")
			},
			told: told{name: "f:Event f:CallStatus f:Status q:Event q:CallStatus", id: "f:MessageUUID f:CallUUID q:CallUUID", perEvent: true},
			samples: []sample{{
				event: "StartApp", id: "3e82ae9d-2c78-4d85-b1a4-6eae7dbafb36", headers: []string{"Content-Type: application/x-www-form-urlencoded"},
				body: "Direction=inbound&From=19792014278&CallStatus=ringing&BillRate=0.002&To=15005550006&CallUUID=3e82ae9d-2c78-4d85-b1a4-6eae7dbafb36&SessionStart=2026-11-21+22%3A10%3A03.238707&Event=StartApp",
			}},
		},
		{
			name: "mailgun", title: "Mailgun", doc: "https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks",
			how:   "HMAC-SHA256 of timestamp+token, in the body itself",
			proof: mailgunProof(), known: isMailgun,
			told: told{name: "j:event-data.event f:event", id: "j:event-data.id f:Message-Id", at: "j:event-data.timestamp f:timestamp"},
			rule: rule{next: "Mailgun tries again after 5, 10, 15 and 30 minutes, and 1, 2 and 4 hours, but not after a 406"},
			samples: []sample{{
				event: "opened", id: "Ase7i2zsRYeDXztHGENqRA",
				body: `{"event-data":{"id":"Ase7i2zsRYeDXztHGENqRA","event":"opened","timestamp":1795299200.123,"recipient":"ann@example.com","message":{"headers":{"message-id":"20261121221003.1.0A1B2C@mg.example.com"}}}}`,
			}},
		},
		{
			name: "adyen", title: "Adyen", doc: "https://docs.adyen.com/development-resources/webhooks/verify-hmac-signatures",
			how:   "HMAC-SHA256 of some fields of each item, inside it",
			proof: newAdyenProof(), known: isAdyen,
			told: told{
				name: "j:notificationItems.0.NotificationRequestItem.eventCode j:type", id: "j:notificationItems.0.NotificationRequestItem.pspReference j:data.id",
				at: "j:notificationItems.0.NotificationRequestItem.eventDate j:timestamp j:createdAt", perEvent: true,
			},
			rule: adyenRule, judge: adyenJudge(adyenRule),
			samples: []sample{{
				event: "AUTHORISATION", id: "7914073381342284",
				body: `{"live":"false","notificationItems":[{"NotificationRequestItem":{"additionalData":{"expiryDate":"03/2030"},"amount":{"currency":"EUR","value":1130},"pspReference":"7914073381342284","eventCode":"AUTHORISATION","eventDate":"2026-11-21T22:10:03+01:00","merchantAccountCode":"ShopNL","merchantReference":"order-4711","paymentMethod":"visa","reason":"ok","success":"true"}}]}`,
			}},
		},
	}
}
