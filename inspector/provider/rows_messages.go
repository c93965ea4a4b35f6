package provider

import "time"

// rowsOfMessages are further senders of chat, mail, calls and streams.
func rowsOfMessages() []row {
	return []row{fromZoom(), fromLINE(), fromMeta(), fromTelegram(), fromTelnyx(), fromTwitch(), fromKick(), fromPusher(), fromZendesk(), fromIntercom()}
}

func fromZoom() row {
	return row{
		name: "zoom", title: "Zoom", doc: "https://developers.zoom.us/docs/api/webhooks/",
		proof: &signature{
			name: "zoom", headers: []string{"x-zm-signature"}, layout: alone{"v0="}, time: "x-zm-request-timestamp",
			past: fiveMinutes, future: fiveMinutes,
			signs: []part{text("v0:"), theTime, text(":"), theBody}, using: hmacSHA256, coded: asHex,
		},
		marks: []string{"x-zm-signature"},
		told:  told{name: "j:event", at: "j:event_ts", unit: inMillis},
		rule:  rule{within: 3 * time.Second, next: "Zoom tries again three times, after 5, 20 and 60 minutes"},
		samples: []sample{{
			event: "meeting.started",
			body:  `{"event":"meeting.started","event_ts":1795299200123,"payload":{"account_id":"AAAAAABBBB","object":{"id":"1234567890","uuid":"4444AAAiAAAAAiAiAiiAii==","host_id":"x1yCzABCDEfg23HiJKl4mN","topic":"Opening hours","type":2,"start_time":"2026-11-21T22:13:20Z","timezone":"Europe/Berlin"}}}`,
		}},
	}
}

func fromLINE() row {
	return row{
		name: "line", title: "LINE", doc: "https://developers.line.biz/en/docs/messaging-api/verify-webhook-signature/",
		proof: ofBody("line", "x-line-signature", "", hmacSHA256, asBase64),
		marks: []string{"x-line-signature"},
		told:  told{name: "j:events.0.type", id: "j:events.0.webhookEventId", at: "j:events.0.timestamp", unit: inMillis, retry: "j:events.0.deliveryContext.isRedelivery"},
		rule:  rule{next: "LINE sends it again only if redelivery is switched on for the channel"},
		samples: []sample{{
			event: "message", id: "01FZ74A0TDDPYRVKNK77XKC3ZR",
			headers: []string{"User-Agent: LineBotWebhook/2.0"},
			body:    `{"destination":"U00000000000000000000000000000000","events":[{"type":"message","message":{"type":"text","id":"444573844083572737","text":"is it open on Sunday?"},"webhookEventId":"01FZ74A0TDDPYRVKNK77XKC3ZR","deliveryContext":{"isRedelivery":false},"timestamp":1795299200123,"source":{"type":"user","userId":"U11111111111111111111111111111111"},"mode":"active"}]}`,
		}},
	}
}

func fromMeta() row {
	return row{
		name: "meta", title: "Meta", doc: "https://developers.facebook.com/docs/graph-api/webhooks/getting-started",
		proof: ofBody("meta", "X-Hub-Signature-256", "sha256=", hmacSHA256, asHex),
		marks: []string{"X-Hub-Signature-256", "j:object", "j:entry.0.id"},
		told: told{
			name: "j:object+j:entry.0.changes.0.field j:object", at: "j:entry.0.changes.0.value.messages.0.timestamp j:entry.0.time",
			id: "j:entry.0.changes.0.value.messages.0.id j:entry.0.messaging.0.message.mid",
		},
		rule: rule{from: 200, to: 200, next: "Meta tries again at once and then ever less often, for up to 36 hours, WhatsApp for up to seven days"},
		samples: []sample{{
			event: "whatsapp_business_account.messages", id: "wamid.HBgLNDkxNzAwMDAwMDA",
			body: `{"object":"whatsapp_business_account","entry":[{"id":"102290129340398","changes":[{"field":"messages","value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":"491700000000","phone_number_id":"106540352242922"},"contacts":[{"profile":{"name":"Ann"},"wa_id":"491700000001"}],"messages":[{"from":"491700000001","id":"wamid.HBgLNDkxNzAwMDAwMDA","timestamp":"1795299200","type":"text","text":{"body":"is it open on Sunday?"}}]}}]}]}`,
		}},
		secretFields: []string{"hub.verify_token"},
	}
}

func fromTelegram() row {
	return row{
		name: "telegram", title: "Telegram", doc: "https://core.telegram.org/bots/api#setwebhook",
		asks:  "a method of the bot API to call",
		proof: inHeader("telegram", "Telegram", "X-Telegram-Bot-Api-Secret-Token"),
		marks: []string{"j:update_id"},
		told: told{
			name: "k:message k:edited_message k:channel_post k:edited_channel_post k:callback_query k:inline_query k:chosen_inline_result k:shipping_query k:pre_checkout_query k:poll k:poll_answer k:my_chat_member k:chat_member k:chat_join_request k:message_reaction k:business_message",
			id:   "j:update_id", at: "j:message.date j:edited_message.edit_date j:channel_post.date",
		},
		rule: rule{next: "Telegram tries again a number of times, then gives up"},
		samples: []sample{{
			event: "message", id: "10000",
			body: `{"update_id":10000,"message":{"date":1795299200,"chat":{"id":1111111,"type":"private","first_name":"Ann"},"message_id":1365,"from":{"id":1111111,"is_bot":false,"first_name":"Ann"},"text":"is it open on Sunday?"}}`,
		}},
		secretHeaders: []string{"X-Telegram-Bot-Api-Secret-Token"},
	}
}

func fromTelnyx() row {
	return row{
		name: "telnyx", title: "Telnyx", doc: "https://developers.telnyx.com/development/api-fundamentals/webhooks/receiving-webhooks",
		proof: &signature{
			name: "telnyx", headers: []string{"telnyx-signature-ed25519"}, layout: alone{}, time: "telnyx-timestamp",
			past: fiveMinutes, future: fiveMinutes,
			signs: []part{theTime, text("|"), theBody}, using: edwards{}, coded: asBase64, key: keyForm{coded: asBase64},
		},
		marks: []string{"telnyx-signature-ed25519"},
		told:  told{name: "j:data.event_type", id: "j:data.id", at: "j:data.occurred_at", retry: "j:meta.attempt", firstTry: 1},
		rule:  rule{next: "Telnyx tries up to three times at an address, then at the failover address"},
		samples: []sample{{
			event: "message.received", id: "b301ed3f-1490-491f-995f-6e64e69674d4",
			headers: []string{"User-Agent: telnyx-webhooks"},
			body:    `{"data":{"event_type":"message.received","id":"b301ed3f-1490-491f-995f-6e64e69674d4","occurred_at":"2026-11-21T22:13:20.000+00:00","payload":{"id":"84cca175-9755-4859-b67f-4730d7f58aa3","direction":"inbound","from":{"phone_number":"+491700000001"},"to":[{"phone_number":"+491700000000"}],"text":"is it open on Sunday?","type":"SMS"},"record_type":"event"},"meta":{"attempt":1,"delivered_to":"https://shop.example.com/webhook"}}`,
		}},
	}
}

func fromTwitch() row {
	return row{
		name: "twitch", title: "Twitch", doc: "https://dev.twitch.tv/docs/eventsub/handling-webhook-events/",
		proof: &signature{
			name: "twitch", headers: []string{"Twitch-Eventsub-Message-Signature"}, layout: alone{"sha256="},
			time: "Twitch-Eventsub-Message-Timestamp", unit: inRFC3339, id: "Twitch-Eventsub-Message-Id", past: 10 * time.Minute,
			signs: []part{theID, theTime, theBody}, using: hmacSHA256, coded: asHex,
		},
		marks: []string{"Twitch-Eventsub-Message-Id"},
		told:  told{name: "h:Twitch-Eventsub-Subscription-Type j:subscription.type", id: "h:Twitch-Eventsub-Message-Id", at: "h:Twitch-Eventsub-Message-Timestamp", retry: "h:Twitch-Eventsub-Message-Retry"},
		rule:  rule{next: "Twitch tries again, and ends the subscription after too many failures"},
		samples: []sample{{
			event: "channel.follow", id: "befa7b53-d79d-478f-86b9-120f112b044e",
			headers: []string{"Twitch-Eventsub-Message-Id: befa7b53-d79d-478f-86b9-120f112b044e", "Twitch-Eventsub-Message-Retry: 0", "Twitch-Eventsub-Message-Type: notification", "Twitch-Eventsub-Subscription-Type: channel.follow", "Twitch-Eventsub-Subscription-Version: 2"},
			body:    `{"subscription":{"id":"f1c2a387-161a-49f9-a165-0f21d7a4e1c4","status":"enabled","type":"channel.follow","version":"2","cost":1,"condition":{"broadcaster_user_id":"12826"},"transport":{"method":"webhook","callback":"https://shop.example.com/webhook"},"created_at":"2026-11-01T10:00:00.634234626Z"},"event":{"user_id":"1337","user_login":"ann","user_name":"Ann","broadcaster_user_id":"12826","followed_at":"2026-11-21T22:13:20.123Z"}}`,
		}},
	}
}

func fromKick() row {
	return row{
		name: "kick", title: "Kick", doc: "https://docs.kick.com/events/webhook-security",
		why:   "it signs with RSA and a key that must be fetched from Kick",
		marks: []string{"Kick-Event-Message-Id"},
		told:  told{name: "h:Kick-Event-Type", id: "h:Kick-Event-Message-Id", at: "h:Kick-Event-Message-Timestamp"},
		samples: []sample{{
			event: "channel.followed", id: "01JDK7Q2W3E4R5T6Y7U8I9O0PA",
			headers: []string{"Kick-Event-Message-Id: 01JDK7Q2W3E4R5T6Y7U8I9O0PA", "Kick-Event-Subscription-Id: 01JDK7Q2W3E4R5T6Y7U8I9O0PB", "Kick-Event-Message-Timestamp: 2026-11-21T22:13:20Z", "Kick-Event-Type: channel.followed", "Kick-Event-Version: 1"},
			body:    `{"broadcaster":{"user_id":123456789,"username":"shop"},"follower":{"user_id":987654321,"username":"ann"}}`,
		}},
	}
}

func fromPusher() row {
	return row{
		name: "pusher", title: "Pusher", doc: "https://pusher.com/docs/channels/server_api/webhooks/",
		proof: newPusher(),
		marks: []string{pusherKey},
		told:  told{name: "j:events.0.name", at: "j:time_ms", unit: inMillis},
		rule:  rule{within: 4 * time.Second, next: "Pusher tries again for five minutes, ever less often"},
		samples: []sample{{
			event: "channel_occupied", headers: []string{"X-Pusher-Key: 1b2c3d4e5f60718293a4"},
			body: `{"time_ms":1795299200123,"events":[{"name":"channel_occupied","channel":"orders"}]}`,
		}},
	}
}

func fromZendesk() row {
	return row{
		name: "zendesk", title: "Zendesk", doc: "https://developer.zendesk.com/documentation/webhooks/verifying/",
		proof: &signature{
			name: "zendesk", headers: []string{"X-Zendesk-Webhook-Signature"}, layout: alone{}, time: "X-Zendesk-Webhook-Signature-Timestamp", unit: inRFC3339,
			signs: []part{theTime, theBody}, using: hmacSHA256, coded: asBase64,
		},
		marks: []string{"X-Zendesk-Webhook-Signature"},
		told:  told{name: "j:type", id: "h:X-Zendesk-Webhook-Invocation-Id j:id", at: "j:time"},
		rule:  rule{within: 12 * time.Second, next: "Zendesk tries again up to five times after no answer, up to three after 409, and after 429 or 503 if Retry-After is under a minute"},
		samples: []sample{{
			event: "zen:event-type:ticket.created", id: "01HX5N2QJ7R3T8V0W4Y6Z9A1BC",
			headers: []string{"User-Agent: Zendesk Webhook", "X-Zendesk-Account-Id: 123456", "X-Zendesk-Webhook-Id: 01GEC0VNK62CSEW7P6YGJ9TDAC", "X-Zendesk-Webhook-Invocation-Id: 01HX5N2QJ7R3T8V0W4Y6Z9A1BC"},
			body:    `{"type":"zen:event-type:ticket.created","account_id":123456,"id":"2b24ef10-19ed-4ba5-83cf-10a1f2b3c4d5","time":"2026-11-21T22:13:20.123Z","zendesk_event_version":"2022-11-06","subject":"zen:ticket:35436","detail":{"id":"35436","subject":"Opening hours","status":"OPEN","requester_id":"8447388090494"},"event":{}}`,
		}},
	}
}

func fromIntercom() row {
	return row{
		name: "intercom", title: "Intercom", doc: "https://developers.intercom.com/docs/webhooks/setting-up-webhooks",
		proof: ofBody("intercom", "X-Hub-Signature", "sha1=", hmacSHA1, asHex),
		marks: []string{"j:type: notification_event", "j:topic"},
		told:  told{name: "j:topic", id: "j:id", at: "j:created_at", retry: "j:delivery_attempts", firstTry: 1},
		samples: []sample{{
			event: "conversation.user.created", id: "notif_0d5b1c2e-3f40-4152-8637-485960a1b2c3",
			body: `{"type":"notification_event","app_id":"a86dr8yl","data":{"type":"notification_event_data","item":{"type":"conversation","id":"1027","state":"open","source":{"author":{"type":"user","email":"ann@example.com"},"body":"is it open on Sunday?"}}},"topic":"conversation.user.created","delivery_status":"pending","delivery_attempts":1,"id":"notif_0d5b1c2e-3f40-4152-8637-485960a1b2c3","created_at":1795299200}`,
		}},
	}
}
