package provider

import "time"

// rowsOfTalk are senders of chat, mail, calls and meetings.
func rowsOfTalk() []row {
	return []row{
		{
			name: "slack", title: "Slack", doc: "https://docs.slack.dev/authentication/verifying-requests-from-slack",
			asks:  "text to show, or what to do with a dialog",
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
			asks:  "an interaction's reply",
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
	}
}
