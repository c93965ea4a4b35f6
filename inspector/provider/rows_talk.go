package provider

import "time"

// rowsOfTalk are senders of chat, mail, calls and meetings.
func rowsOfTalk() []row {
	return []row{
		{
			name: "slack", title: "Slack", doc: "https://docs.slack.dev/authentication/verifying-requests-from-slack",
			where: "the app's Basic Information, Signing Secret",
			proof: &signature{
				name: "slack", headers: []string{"X-Slack-Signature"}, layout: alone{"v0="}, time: "X-Slack-Request-Timestamp",
				past: fiveMinutes, future: fiveMinutes,
				signs: []part{text("v0:"), theTime, text(":"), theBody}, using: hmacSHA256, coded: asHex,
			},
			marks: []string{"X-Slack-Signature"},
			told:  told{name: "j:event.type j:type f:command", id: "j:event_id", at: "j:event_time", retry: "h:X-Slack-Retry-Num"},
			rule:  rule{within: 3 * time.Second, next: "Slack tries again at once, after a minute, and after five"},
			samples: []sample{{
				event: "app_mention", id: "Ev08MFMKH6",
				body: `{"token":"z26uFbvR1xHJEdHE1OQiO6t8","team_id":"T123ABC456","api_app_id":"A123ABC456","event":{"type":"app_mention","user":"U123ABC456","text":"is it open on Sunday?","ts":"1795299200.000200","channel":"C123ABC456"},"type":"event_callback","event_id":"Ev08MFMKH6","event_time":1795299200}`,
			}},
		},
		{
			name: "discord", title: "Discord", doc: "https://discord.com/developers/docs/interactions/overview#setting-up-an-endpoint",
			where: "the application's General Information, Public Key; devhook send needs the private key of a test pair",
			proof: &signature{
				name: "discord", headers: []string{"X-Signature-Ed25519"}, layout: alone{}, time: "X-Signature-Timestamp",
				signs: []part{theTime, theBody}, using: edwards{}, coded: asHex, key: keyForm{coded: asHex},
			},
			marks: []string{"X-Signature-Ed25519"},
			told:  told{name: "j:event.type j:data.name j:type", id: "j:id"},
			rule:  rule{within: 3 * time.Second, next: "Discord shows its user that the interaction failed"},
			samples: []sample{{
				event: "blep", id: "786008729715212338",
				body: `{"type":2,"token":"A_UNIQUE_TOKEN","member":{"user":{"id":"53908232506183680","username":"Mason"}},"id":"786008729715212338","guild_id":"290926798626357999","data":{"name":"blep","id":"771825006014889984"},"channel_id":"645027906669510667"}`,
			}},
		},
		{
			name: "seven", title: "seven.io", doc: "https://docs.seven.io/en/rest-api/signing",
			where: "Developer, API settings, signing key",
			proof: &signature{
				name: "seven", headers: []string{"X-Signature"}, layout: alone{}, time: "X-Timestamp", nonce: "X-Nonce",
				past: fiveMinutes, future: fiveMinutes,
				signs: []part{theTime, text("\n"), theNonce, text("\n"), theMethod, text("\n"), theURL, text("\n"), bodyMD5}, using: hmacSHA256, coded: asHex,
			},
			marks: []string{"X-Signature", "X-Nonce", "X-Timestamp"},
			told:  told{name: "j:webhook_event f:webhook_event q:webhook_event", id: "j:data.id j:data.msg_id f:data[id] f:id q:id", at: "j:webhook_timestamp f:webhook_timestamp", perEvent: true},
			rule:  rule{within: 5 * time.Second, from: 200, to: 399, next: "seven.io tries again up to 14 times in three and a half days after 429, a 5xx or no answer, and never after another 4xx"},
			samples: []sample{{
				event: "sms_mo", id: "681590",
				body: `{"webhook_event":"sms_mo","webhook_timestamp":"2026-11-21T22:10:03+01:00","data":{"id":"681590","sender":"491700000000","system":"491771783130","text":"is it open on Sunday?","time":"1795299003","message_type":"SMS"}}`,
			}},
		},
	}
}
