package provider

import "time"

// rowsOfHandshakes are senders of which a handshake is known and little else that can be checked. Most are known again by
// that alone.
func rowsOfHandshakes() []row {
	return []row{
		{
			name: "azure_event_grid", title: "Azure Event Grid", doc: "https://learn.microsoft.com/azure/event-grid/end-point-validation-event-grid-events-schema",
			why:   "it signs nothing; a secret may stand in the address that it is given",
			marks: []string{"aeg-event-type"},
			told:  told{name: "j:0.eventType j:eventType j:type", id: "j:0.id j:id", at: "j:0.eventTime j:eventTime j:time"},
			rule:  rule{within: 30 * time.Second, next: "Azure Event Grid tries again for up to a day, ever less often"},
			samples: []sample{{
				event: "Microsoft.Storage.BlobCreated", id: "831e1650-001e-001b-66ab-eeb76e069631", headers: []string{"aeg-event-type: Notification"},
				body: `[{"id":"831e1650-001e-001b-66ab-eeb76e069631","topic":"/subscriptions/s1/resourceGroups/shop","subject":"/blobServices/default/containers/menus/blobs/sunday.txt","eventType":"Microsoft.Storage.BlobCreated","eventTime":"2026-11-21T22:10:03Z","data":{"api":"PutBlob","contentLength":524},"dataVersion":"1"}]`,
			}},
		},
		{
			name: "microsoft_graph", title: "Microsoft Graph", doc: "https://learn.microsoft.com/graph/change-notifications-delivery-webhooks",
			why:     "it signs nothing; the clientState in its body is compared by the app",
			told:    told{name: "j:value.0.changeType", id: "j:value.0.id"},
			rule:    rule{within: 10 * time.Second, next: "Microsoft Graph tries again for up to four hours"},
			samples: []sample{{event: "validationToken", path: "/webhook?validationToken=Validation%3A+Testing+client", headers: []string{"Content-Type: text/plain; charset=utf-8"}}},
		},
		{
			name: "monday", title: "monday.com", doc: "https://developer.monday.com/api-reference/reference/webhooks",
			why:     "its plain webhooks are not signed",
			told:    told{name: "j:event.type", id: "j:event.triggerUuid", at: "j:event.triggerTime"},
			rule:    rule{next: "monday.com tries again once a minute for 30 minutes"},
			samples: []sample{{event: "challenge", body: `{"challenge":"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"}`}},
		},
		{
			name: "okta", title: "Okta", doc: "https://developer.okta.com/docs/concepts/event-hooks/",
			why:     "it proves itself by a header of your choice",
			told:    told{name: "j:data.events.0.eventType", id: "j:eventId j:data.events.0.uuid", at: "j:eventTime"},
			rule:    rule{within: 3 * time.Second, next: "Okta tries again once"},
			samples: []sample{{event: "verification", method: "GET", headers: []string{"X-Okta-Verification-Challenge: Xpj0Q3BJzUJ7mIVG4b0gZ8cCqYkG0gJ0EKWQbFd7"}}},
		},
		{
			name: "websub", title: "WebSub", doc: "https://www.w3.org/TR/websub/", where: "hub.secret of your own request for the subscription",
			proof:   ofBody("websub", "X-Hub-Signature", "sha256=", hmacSHA256, asHex),
			rule:    rule{next: "hubs try again as they see fit"},
			samples: []sample{{event: "hub.challenge", method: "GET", headers: []string{"User-Agent: Hub/1.0"}, path: "/webhook?hub.mode=subscribe&hub.topic=https%3A%2F%2Fexample.com%2Ffeed&hub.challenge=1158201444&hub.lease_seconds=864000"}},
		},
	}
}
