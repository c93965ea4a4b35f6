package provider

import (
	"strings"
	"time"
)

// rowsOfBusiness are senders of customers, documents and forms.
func rowsOfBusiness() []row {
	return []row{
		{
			name: "hubspot", title: "HubSpot", doc: "https://developers.hubspot.com/docs/apps/legacy-apps/authentication/validating-requests",
			proof: versions{
				{
					name: "hubspot", headers: []string{"X-HubSpot-Signature-v3"}, layout: alone{}, time: "X-HubSpot-Request-Timestamp", unit: inMillis, past: fiveMinutes,
					signs: []part{theMethod, theURL, theBody, theTime}, using: hmacSHA256, coded: asBase64, spellings: hubspotSpellings,
				},
				{
					name: "hubspot", headers: []string{"X-HubSpot-Signature"}, when: "X-HubSpot-Signature-Version: v2", layout: alone{},
					signs: []part{theSecret, theMethod, theURL, theBody}, using: plainSHA256{}, coded: asHex,
				},
				{name: "hubspot", headers: []string{"X-HubSpot-Signature"}, layout: alone{}, signs: []part{theSecret, theBody}, using: plainSHA256{}, coded: asHex},
			},
			marks: []string{"X-HubSpot-Request-Timestamp"},
			told:  told{name: "j:0.subscriptionType", id: "j:0.eventId", at: "j:0.occurredAt", unit: inMillis, retry: "j:0.attemptNumber"},
			rule:  rule{within: 5 * time.Second, next: "HubSpot tries again up to ten times within a day"},
			samples: []sample{{
				event: "contact.creation", id: "3816279340",
				body: `[{"eventId":3816279340,"subscriptionId":25,"portalId":33,"appId":1160452,"occurredAt":1795299200000,"subscriptionType":"contact.creation","attemptNumber":0,"objectId":123,"changeSource":"CRM"}]`,
			}},
		},
	}
}

// hubspotSpellings: HubSpot's page asks to decode some characters of the address, and its own library does not.
func hubspotSpellings(address string) []string {
	decoded := strings.NewReplacer("%3A", ":", "%2F", "/", "%3F", "?", "%40", "@", "%21", "!", "%24", "$", "%27", "'", "%28", "(", "%29", ")", "%2A", "*", "%2C", ",", "%3B", ";",
		"%3a", ":", "%2f", "/", "%3f", "?", "%2a", "*", "%2c", ",", "%3b", ";").Replace(address)
	if decoded == address {
		return []string{address}
	}
	return []string{address, decoded}
}
