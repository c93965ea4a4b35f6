package provider

import "time"

// rowsOfServices are parts that other applications are built of: logins, models, media, and webhooks themselves.
func rowsOfServices() []row {
	return []row{fromSvix(), fromClerk(), fromWorkOS(), fromOpenAI(), fromReplicate(), fromElevenLabs(), fromMux()}
}

func fromSvix() row {
	return row{
		name: "svix", title: "Svix", doc: "https://docs.svix.com/receiving/verifying-payloads/how-manual",
		proof: standardWebhooks("svix", "svix-"),
		marks: []string{"svix-id"},
		told:  told{name: "j:type j:event_type j:eventType", id: "h:svix-id", at: "h:svix-timestamp"},
		rule:  rule{within: 15 * time.Second, next: "Svix tries again after 5 seconds, 5 and 30 minutes, and 2, 5, 10 and 10 hours"},
		samples: []sample{{
			event: "invoice.paid", id: "msg_2nWkXu8Gp3vY5rTq7zC1bD9eFhJ",
			headers: []string{"User-Agent: Svix-Webhooks/1.45.0", "svix-id: msg_2nWkXu8Gp3vY5rTq7zC1bD9eFhJ"},
			body:    `{"type":"invoice.paid","data":{"id":"in_1001","amount":2400,"currency":"eur"}}`,
		}},
	}
}

func fromClerk() row {
	return row{
		name: "clerk", title: "Clerk", doc: "https://clerk.com/docs/webhooks/overview",
		proof: standardWebhooks("clerk", "svix-"),
		marks: []string{"svix-id", "j:instance_id: ins_"},
		told:  told{name: "j:type", id: "h:svix-id", at: "j:timestamp", unit: inMillis},
		rule:  rule{within: 15 * time.Second, next: "Clerk tries again after 5 seconds, 5 and 30 minutes, and 2, 5, 10 and 10 hours"},
		samples: []sample{{
			event: "user.created", id: "msg_2pQrSt6Uv8wX0yZa2bC4dE6fGhI",
			headers: []string{"User-Agent: Svix-Webhooks/1.45.0", "svix-id: msg_2pQrSt6Uv8wX0yZa2bC4dE6fGhI"},
			body:    `{"data":{"id":"user_29w83sxmDNGwOuEthce5gg56FcC","object":"user","first_name":"Ann","email_addresses":[{"email_address":"ann@example.com"}],"created_at":1795299200123},"object":"event","type":"user.created","timestamp":1795299200200,"instance_id":"ins_2a3B4c5D6e7F8g9H"}`,
		}},
	}
}

func fromWorkOS() row {
	return row{
		name: "workos", title: "WorkOS", doc: "https://workos.com/docs/events/data-syncing/webhooks",
		proof: &signature{
			name: "workos", headers: []string{"WorkOS-Signature"}, layout: pairs{time: "t", sig: "v1", separator: ", "}, unit: inMillis,
			past: 3 * time.Minute, future: 3 * time.Minute,
			signs: []part{theTime, text("."), theBody}, using: hmacSHA256, coded: asHex,
		},
		marks: []string{"WorkOS-Signature"},
		told:  told{name: "j:event", id: "j:id", at: "j:created_at"},
		rule:  rule{next: "WorkOS tries again up to six times in three days"},
		samples: []sample{{
			event: "user.created", id: "event_01J8ZK4T6V8X0Z2B4D6F8H0J2M",
			body: `{"id":"event_01J8ZK4T6V8X0Z2B4D6F8H0J2M","event":"user.created","created_at":"2026-11-21T22:13:20.123Z","data":{"object":"user","id":"user_01J8ZK4R5T7W9Y1A3C5E7G9J1L","email":"ann@example.com","first_name":"Ann","email_verified":true}}`,
		}},
	}
}

func fromOpenAI() row {
	return row{
		name: "openai", title: "OpenAI", doc: "https://platform.openai.com/docs/guides/webhooks",
		proof: standardWebhooks("openai"),
		marks: []string{"webhook-id", "User-Agent: OpenAI/"},
		told:  told{name: "j:type", id: "h:webhook-id", at: "j:created_at"},
		rule:  rule{next: "OpenAI tries again for up to three days, ever less often"},
		samples: []sample{{
			event: "response.completed", id: "wh_685342e6c53c8190a1be43f081506c52",
			headers: []string{"User-Agent: OpenAI/1.0 (+https://platform.openai.com/docs/webhooks)", "webhook-id: wh_685342e6c53c8190a1be43f081506c52"},
			body:    `{"id":"evt_685343a1381c819085d44c354e1b330e","object":"event","created_at":1795299200,"type":"response.completed","data":{"id":"resp_0a1b2c3d4e5f60718293"}}`,
		}},
	}
}

func fromReplicate() row {
	return row{
		name: "replicate", title: "Replicate", doc: "https://replicate.com/docs/topics/webhooks/verify-webhook",
		proof: standardWebhooks("replicate"),
		marks: []string{"webhook-id", "j:urls.get: https://api.replicate.com/"},
		told:  told{name: "j:status", id: "h:webhook-id", at: "j:completed_at j:started_at j:created_at"},
		samples: []sample{{
			event: "succeeded", id: "msg_2qYtRe4Wu6iO8pA0sD2fG4hJkLz",
			headers: []string{"webhook-id: msg_2qYtRe4Wu6iO8pA0sD2fG4hJkLz"},
			body:    `{"id":"ufawqhfynnddngldkgtslldrkq","version":"5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa","created_at":"2026-11-21T22:13:10.224088Z","started_at":"2026-11-21T22:13:11.004088Z","completed_at":"2026-11-21T22:13:20.724088Z","status":"succeeded","input":{"text":"Ann"},"output":"hello Ann","error":null,"urls":{"get":"https://api.replicate.com/v1/predictions/ufawqhfynnddngldkgtslldrkq"}}`,
		}},
	}
}

func fromElevenLabs() row {
	return row{
		name: "elevenlabs", title: "ElevenLabs", doc: "https://elevenlabs.io/docs/product-guides/administration/webhooks",
		proof: &signature{
			name: "elevenlabs", headers: []string{"ElevenLabs-Signature"}, layout: pairs{time: "t", sig: "v0"}, past: 30 * time.Minute,
			signs: []part{theTime, text("."), theBody}, using: hmacSHA256, coded: asHex,
		},
		marks: []string{"ElevenLabs-Signature"},
		told:  told{name: "j:type", id: "j:data.conversation_id", at: "j:event_timestamp", perEvent: true},
		samples: []sample{{
			event: "post_call_transcription", id: "conv_01jd8f3k5m7n9p1q3r5s",
			body: `{"type":"post_call_transcription","event_timestamp":1795299200,"data":{"agent_id":"agent_01jd7e2j4l6m8n0p2q4r","conversation_id":"conv_01jd8f3k5m7n9p1q3r5s","status":"done","transcript":[{"role":"user","message":"is it open on Sunday?","time_in_call_secs":2}]}}`,
		}},
	}
}

func fromMux() row {
	return row{
		name: "mux", title: "Mux", doc: "https://www.mux.com/docs/core/verify-webhook-signatures",
		proof: &signature{
			name: "mux", headers: []string{"mux-signature"}, layout: pairs{time: "t", sig: "v1"}, past: fiveMinutes,
			signs: []part{theTime, text("."), theBody}, using: hmacSHA256, coded: asHex,
		},
		marks: []string{"mux-signature"},
		told:  told{name: "j:type", id: "j:id", at: "j:created_at"},
		rule:  rule{within: 5 * time.Second, next: "Mux tries again for up to a day, ever less often"},
		samples: []sample{{
			event: "video.asset.ready", id: "3e0bd1c8-7a5f-4b92-8c16-0d2e4f6a8b1c",
			body: `{"type":"video.asset.ready","id":"3e0bd1c8-7a5f-4b92-8c16-0d2e4f6a8b1c","created_at":"2026-11-21T22:13:20.000000Z","object":{"type":"asset","id":"0201p02fGKPE7MrbC269XRD7LpcHhrmbu0002"},"environment":{"name":"Production","id":"h7k9m1"},"data":{"id":"0201p02fGKPE7MrbC269XRD7LpcHhrmbu0002","status":"ready","duration":30.1},"attempts":[]}`,
		}},
	}
}
