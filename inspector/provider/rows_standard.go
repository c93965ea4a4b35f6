package provider

// standardWebhooks is the scheme of standardwebhooks.com, which many senders share. The secret is base64 behind whsec_.
func standardWebhooks(name string, prefixes ...string) *signature {
	k := &signature{
		name: name, layout: listed{" ", "v1,"}, past: fiveMinutes, future: fiveMinutes,
		signs: []part{theID, text("."), theTime, text("."), theBody}, using: hmacSHA256, coded: asBase64,
		key: keyForm{prefix: "whsec_", coded: asBase64},
	}
	prefix := "webhook-"
	if len(prefixes) > 0 {
		prefix = prefixes[0]
	}
	k.headers, k.time, k.id = []string{prefix + "signature"}, prefix+"timestamp", prefix+"id"
	return k
}

// standardWebhooksOfText is the same with a secret that is taken as it stands, whatever it begins with.
func standardWebhooksOfText(name string) *signature {
	k := standardWebhooks(name)
	k.key = keyForm{}
	return k
}

// rowsOfStandard are Standard Webhooks and what is built on it.
func rowsOfStandard() []row {
	return []row{
		{
			name: "standardwebhooks", title: "Standard Webhooks", doc: "https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md",
			where: "the sender's page of endpoints (whsec_…)",
			proof: standardWebhooks("standardwebhooks"),
			marks: []string{"webhook-id", "webhook-signature"},
			told:  told{name: "j:type", id: "h:webhook-id", at: "h:webhook-timestamp"},
			rule:  rule{next: "the specification asks senders to try again for days, ever less often"},
			samples: []sample{{
				event: "invoice.paid", id: "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W", headers: []string{"webhook-id: msg_2KWPBgLlAfxdpx2AI54pPJ85f4W"},
				body: `{"type":"invoice.paid","timestamp":"2026-11-21T22:10:03Z","data":{"id":"in_1","amount":1200}}`,
			}},
		},
	}
}
