package provider

import (
	"fmt"
	"time"
)

// rowsOfWork are senders of tasks, documents, dates and forms.
func rowsOfWork() []row {
	return []row{fromJira(), fromLinear(), fromAsana(), fromNotion(), fromCalendly(), fromCalCom(), fromTypeform(), fromDocuSign(), fromDropbox(), fromWebflow()}
}

func fromJira() row {
	return row{
		name: "jira", title: "Jira", doc: "https://developer.atlassian.com/cloud/jira/platform/webhooks/",
		proof: ofBody("jira", "X-Hub-Signature", "sha256=", hmacSHA256, asHex),
		marks: []string{"X-Atlassian-Webhook-Identifier"},
		told:  told{name: "j:webhookEvent", id: "h:X-Atlassian-Webhook-Identifier", at: "j:timestamp", unit: inMillis, retry: "h:X-Atlassian-Webhook-Retry"},
		rule:  rule{next: "Jira tries again up to five times after 408, 409, 425, 429, a 5xx or no answer"},
		samples: []sample{{
			event: "jira:issue_created", id: "8d1a0c5b-2e3f-4a6b-9c7d-0e1f2a3b4c5d",
			headers: []string{"User-Agent: Atlassian Webhook HTTP Client", "X-Atlassian-Webhook-Identifier: 8d1a0c5b-2e3f-4a6b-9c7d-0e1f2a3b4c5d"},
			body:    `{"timestamp":1795299200123,"webhookEvent":"jira:issue_created","issue_event_type_name":"issue_created","user":{"accountId":"5b10a2844c20165700ede21g","displayName":"Ann"},"issue":{"id":"10002","key":"SHOP-1","fields":{"summary":"Opening hours","status":{"name":"To Do"}}}}`,
		}},
	}
}

func fromLinear() row {
	return row{
		name: "linear", title: "Linear", doc: "https://linear.app/developers/webhooks",
		proof: &signature{
			name: "linear", headers: []string{"Linear-Signature"}, layout: alone{}, dated: &dated{"webhookTimestamp", "Linear-Timestamp"}, unit: inMillis,
			past: time.Minute, future: time.Minute, signs: []part{theBody}, using: hmacSHA256, coded: asHex,
		},
		marks: []string{"Linear-Signature"},
		told:  told{name: "j:type+j:action h:Linear-Event", id: "h:Linear-Delivery", at: "j:createdAt"},
		rule:  rule{within: 5 * time.Second, from: 200, to: 200, next: "Linear tries again up to three times, after a minute, an hour and six hours"},
		samples: []sample{{
			event: "Issue.create", id: "234d1a4e-b617-4388-90fe-adc3633d6b72",
			headers: []string{"User-Agent: Linear-Webhook", "Linear-Delivery: 234d1a4e-b617-4388-90fe-adc3633d6b72", "Linear-Event: Issue"},
			body:    `{"action":"create","actor":{"id":"b5ea5f1f-8adc-4f52-b4bd-ab4e84cf51ba","type":"user","name":"Ann","email":"ann@example.com"},"createdAt":"2026-11-21T22:13:20.024Z","data":{"id":"2174add1-f7c8-44e3-bbf3-2d60b5ea8bc9","number":12,"title":"Opening hours","priority":0},"type":"Issue","url":"https://linear.app/shop/issue/SHOP-12","organizationId":"f3b9c8d7-e6a5-4b43-8210-9f8e7d6c5b4a","webhookTimestamp":1795299200040,"webhookId":"000042e3-d123-4980-b49f-8e140eef9329"}`,
		}},
	}
}

func fromAsana() row {
	return row{
		name: "asana", title: "Asana", doc: "https://developers.asana.com/docs/webhooks-guide",
		proof: ofBody("asana", "X-Hook-Signature", "", hmacSHA256, asHex),
		marks: []string{"X-Hook-Signature"},
		told:  told{name: "j:events.0.resource.resource_type+j:events.0.action", at: "j:events.0.created_at"},
		rule:  rule{within: 10 * time.Second, next: "Asana tries again for a day, ever less often, then removes the webhook"},
		samples: []sample{{
			event: "task.changed",
			body:  `{"events":[{"user":{"gid":"1202012345678","resource_type":"user"},"created_at":"2026-11-21T22:13:20.123Z","action":"changed","resource":{"gid":"1201087654321","resource_type":"task","resource_subtype":"default_task"},"parent":null,"change":{"field":"due_on","action":"changed"}}]}`,
		}},
		secretHeaders: []string{"X-Hook-Secret"},
	}
}

func fromNotion() row {
	return row{
		name: "notion", title: "Notion", doc: "https://developers.notion.com/reference/webhooks",
		proof: ofBody("notion", "X-Notion-Signature", "sha256=", hmacSHA256, asHex),
		marks: []string{"X-Notion-Signature"},
		told:  told{name: "j:type", id: "j:id", at: "j:timestamp", retry: "j:attempt_number", firstTry: 1},
		rule:  rule{next: "Notion tries again up to eight times within a day"},
		samples: []sample{{
			event: "page.created", id: "367cba44-b6f3-4c92-81e7-6a2e9659efd4",
			body: `{"id":"367cba44-b6f3-4c92-81e7-6a2e9659efd4","timestamp":"2026-11-21T22:13:20.123Z","workspace_id":"13950b26-c203-4f3b-b97d-93ec06319565","workspace_name":"Shop","subscription_id":"29d75c0d-5546-4414-8459-7b7a92f1fc4b","integration_id":"0ef2e755-4912-8096-91c1-00376a88a5ca","type":"page.created","authors":[{"id":"c7c11cca-1d73-471d-9b6e-bdef51470190","type":"person"}],"attempt_number":1,"entity":{"id":"153104cd-477e-809d-8dc4-ff2d96ae3090","type":"page"},"data":{"parent":{"id":"13950b26-c203-4f3b-b97d-93ec06319565","type":"space"}}}`,
		}},
		secretFields: []string{"verification_token"},
	}
}

func fromCalendly() row {
	return row{
		name: "calendly", title: "Calendly", doc: "https://developer.calendly.com/api-docs/overview/webhooks/webhook-signatures",
		proof: &signature{
			name: "calendly", headers: []string{"Calendly-Webhook-Signature"}, layout: pairs{time: "t", sig: "v1"}, past: 3 * time.Minute,
			signs: []part{theTime, text("."), theBody}, using: hmacSHA256, coded: asHex,
		},
		marks: []string{"Calendly-Webhook-Signature"},
		told:  told{name: "j:event", id: "j:payload.uri", at: "j:created_at", perEvent: true},
		rule:  rule{within: 15 * time.Second, next: "Calendly tries again for up to a day, ever less often, then switches the webhook off"},
		samples: []sample{{
			event: "invitee.created", id: "https://api.calendly.com/scheduled_events/AAAAAAAA/invitees/BBBBBBBB",
			headers: []string{"User-Agent: Calendly Webhooks"},
			body:    `{"created_at":"2026-11-21T22:13:20.000000Z","created_by":"https://api.calendly.com/users/CCCCCCCC","event":"invitee.created","payload":{"uri":"https://api.calendly.com/scheduled_events/AAAAAAAA/invitees/BBBBBBBB","name":"Ann","email":"ann@example.com","status":"active","timezone":"Europe/Berlin","rescheduled":false}}`,
		}},
	}
}

func fromCalCom() row {
	return row{
		name: "calcom", title: "Cal.com", doc: "https://cal.com/docs/developing/guides/automation/webhooks",
		proof: ofBody("calcom", "X-Cal-Signature-256", "", hmacSHA256, asHex),
		marks: []string{"X-Cal-Signature-256"},
		told:  told{name: "j:triggerEvent", id: "j:payload.uid", at: "j:createdAt", perEvent: true},
		samples: []sample{{
			event: "BOOKING_CREATED", id: "bFJeNb2uX8ANpT3JL5EfXw",
			body: `{"triggerEvent":"BOOKING_CREATED","createdAt":"2026-11-21T22:13:20.123Z","payload":{"type":"30min","title":"30min between Shop and Ann","startTime":"2026-11-23T10:00:00Z","endTime":"2026-11-23T10:30:00Z","organizer":{"name":"Shop","email":"shop@example.com","timeZone":"Europe/Berlin"},"attendees":[{"name":"Ann","email":"ann@example.com"}],"uid":"bFJeNb2uX8ANpT3JL5EfXw","status":"ACCEPTED"}}`,
		}},
	}
}

func fromTypeform() row {
	return row{
		name: "typeform", title: "Typeform", doc: "https://www.typeform.com/developers/webhooks/secure-your-webhooks/",
		proof: ofBody("typeform", "Typeform-Signature", "sha256=", hmacSHA256, asBase64),
		marks: []string{"Typeform-Signature"},
		told:  told{name: "j:event_type", id: "j:event_id", at: "j:form_response.submitted_at"},
		samples: []sample{{
			event: "form_response", id: "01JD8F3K5M7N9P1Q3R5S7T9V1X",
			headers: []string{"User-Agent: Typeform Webhooks"},
			body:    `{"event_id":"01JD8F3K5M7N9P1Q3R5S7T9V1X","event_type":"form_response","form_response":{"form_id":"lT4Z3j","token":"a3a12ec67a1365927098a606107fac15","landed_at":"2026-11-21T22:12:40Z","submitted_at":"2026-11-21T22:13:20Z","answers":[{"type":"email","email":"ann@example.com","field":{"id":"DlXFaesGBpoF","type":"email"}}]}}`,
		}},
	}
}

func fromDocuSign() row {
	return row{
		name: "docusign", title: "DocuSign", doc: "https://developers.docusign.com/platform/webhooks/connect/validate/",
		proof: &signature{name: "docusign", headers: docusignHeaders(), each: true, layout: alone{}, signs: []part{theBody}, using: hmacSHA256, coded: asBase64},
		marks: []string{"X-DocuSign-Signature-1"},
		told:  told{name: "j:event", id: "j:data.envelopeId", at: "j:generatedDateTime", retry: "j:retryCount", perEvent: true},
		samples: []sample{{
			event: "envelope-completed", id: "3e8a1c5d-7b9f-4e20-8d16-5c4b3a291807",
			body: `{"event":"envelope-completed","apiVersion":"v2.1","uri":"/restapi/v2.1/accounts/1f2e3d4c-5b6a-4798-8786-95a4b3c2d1e0/envelopes/3e8a1c5d-7b9f-4e20-8d16-5c4b3a291807","retryCount":0,"configurationId":10428598,"generatedDateTime":"2026-11-21T22:13:20.1230000Z","data":{"accountId":"1f2e3d4c-5b6a-4798-8786-95a4b3c2d1e0","userId":"6b7c8d9e-0fa1-42b3-94c5-d6e7f8091a2b","envelopeId":"3e8a1c5d-7b9f-4e20-8d16-5c4b3a291807"}}`,
		}},
	}
}

func fromDropbox() row {
	return row{
		name: "dropbox", title: "Dropbox", doc: "https://www.dropbox.com/developers/reference/webhooks",
		proof: ofBody("dropbox", "X-Dropbox-Signature", "", hmacSHA256, asHex),
		marks: []string{"X-Dropbox-Signature"},
		told:  told{name: "k:list_folder k:delta"},
		rule:  rule{within: 10 * time.Second, next: "Dropbox tries again for about ten minutes, ever less often"},
		samples: []sample{{
			event: "list_folder", headers: []string{"User-Agent: DropboxWebhooks/1.0"},
			body: `{"list_folder":{"accounts":["dbid:AAH4f99T0taONIb-OurWxbNQ6ywGRopQngc"]},"delta":{"users":[12345678]}}`,
		}},
	}
}

func fromWebflow() row {
	return row{
		name: "webflow", title: "Webflow", doc: "https://developers.webflow.com/data/docs/working-with-webhooks",
		proof: &signature{
			name: "webflow", headers: []string{"x-webflow-signature"}, layout: alone{}, time: "x-webflow-timestamp", unit: inMillis, past: fiveMinutes,
			signs: []part{theTime, text(":"), theBody}, using: hmacSHA256, coded: asHex,
		},
		marks: []string{"x-webflow-signature"},
		told:  told{name: "j:triggerType", id: "j:payload.id", at: "j:payload.submittedAt", perEvent: true},
		rule:  rule{from: 200, to: 200, next: "Webflow tries again up to three times, ten minutes apart"},
		samples: []sample{{
			event: "form_submission", id: "6321ca84df3949bfc6752327",
			body: `{"triggerType":"form_submission","payload":{"name":"Contact","siteId":"65427cf400e02b306eaa049c","data":{"First Name":"Ann","Email":"ann@example.com"},"submittedAt":"2026-11-21T22:13:20.123Z","id":"6321ca84df3949bfc6752327","formId":"65429eadebe8a9f3a30f62d0"}}`,
		}},
	}
}

// docusignHeaders are those of the keys that an account may have.
func docusignHeaders() (all []string) {
	for n := 1; n <= 100; n++ {
		all = append(all, fmt.Sprintf("X-DocuSign-Signature-%d", n))
	}
	return all
}
