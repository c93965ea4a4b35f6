package provider

import "time"

// rowsOfOperations are senders of builds, releases, alarms and what else runs.
func rowsOfOperations() []row {
	return []row{fromCircleCI(), fromPagerDuty(), fromSentry(), fromVercel(), fromHeroku(), fromAmazonSNS(), fromGooglePubSub()}
}

func fromCircleCI() row {
	return row{
		name: "circleci", title: "CircleCI", doc: "https://circleci.com/docs/webhooks/",
		proof: &signature{name: "circleci", headers: []string{"circleci-signature"}, layout: listed{",", "v1="}, signs: []part{theBody}, using: hmacSHA256, coded: asHex},
		marks: []string{"circleci-signature"},
		told:  told{name: "j:type h:circleci-event-type", id: "j:id", at: "j:happened_at"},
		rule:  rule{within: 10 * time.Second},
		samples: []sample{{
			event: "workflow-completed", id: "3888f21b-eaa7-38e3-8f3d-75a63bba8895",
			headers: []string{"User-Agent: CircleCI-Webhook/1.0", "circleci-event-type: workflow-completed"},
			body:    `{"type":"workflow-completed","id":"3888f21b-eaa7-38e3-8f3d-75a63bba8895","happened_at":"2026-11-21T22:13:20.000Z","webhook":{"id":"cf8c4fdd-0587-4da1-b4ca-4846e9640af9","name":"shop"},"project":{"id":"84996744-a854-4f5e-aea3-04e2851dc1d2","name":"shop","slug":"github/ann/shop"},"workflow":{"id":"fda08377-fe7e-46b1-8992-3a7aaecac9c3","name":"build-and-test","status":"success"}}`,
		}},
	}
}

func fromPagerDuty() row {
	return row{
		name: "pagerduty", title: "PagerDuty", doc: "https://developer.pagerduty.com/docs/verifying-webhook-signatures",
		proof: &signature{name: "pagerduty", headers: []string{"X-PagerDuty-Signature"}, layout: listed{",", "v1="}, signs: []part{theBody}, using: hmacSHA256, coded: asHex},
		marks: []string{"X-PagerDuty-Signature"},
		told:  told{name: "j:event.event_type", id: "j:event.id", at: "j:event.occurred_at"},
		samples: []sample{{
			event: "incident.triggered", id: "01DN3YQ1ZJ8V0T5S6RQ2M7K4WX",
			headers: []string{"User-Agent: PagerDuty-Webhook/V3.0", "X-Webhook-Id: 1c2d3e4f-5061-4273-8495-a6b7c8d9e0f1"},
			body:    `{"event":{"id":"01DN3YQ1ZJ8V0T5S6RQ2M7K4WX","event_type":"incident.triggered","resource_type":"incident","occurred_at":"2026-11-21T22:13:20.000Z","agent":null,"client":null,"data":{"id":"Q1R2DLCB21K7NP","type":"incident","number":12,"status":"triggered","title":"The shop does not answer","urgency":"high"}}}`,
		}},
	}
}

func fromSentry() row {
	return row{
		name: "sentry", title: "Sentry", doc: "https://docs.sentry.io/organization/integrations/integration-platform/webhooks/",
		proof: ofBody("sentry", "Sentry-Hook-Signature", "", hmacSHA256, asHex),
		marks: []string{"Sentry-Hook-Resource"},
		told:  told{name: "h:Sentry-Hook-Resource+j:action h:Sentry-Hook-Resource", id: "h:Request-ID", at: "h:Sentry-Hook-Timestamp"},
		rule:  rule{within: time.Second},
		samples: []sample{{
			event: "issue.created", id: "7d1f0c9a5b3e4862a0d4c6e8f1a2b3c4",
			headers: []string{"Sentry-Hook-Resource: issue", "Sentry-Hook-Timestamp: 1795299200", "Request-ID: 7d1f0c9a5b3e4862a0d4c6e8f1a2b3c4"},
			body:    `{"action":"created","installation":{"uuid":"24b3f1d5-aacd-4a10-a0b8-8e2e3b1c9d0f"},"data":{"issue":{"id":"1170820242","title":"TypeError: price is undefined","level":"error","status":"unresolved","project":{"id":"1","name":"shop","slug":"shop"}}},"actor":{"type":"application","id":"sentry","name":"Sentry"}}`,
		}},
	}
}

func fromVercel() row {
	return row{
		name: "vercel", title: "Vercel", doc: "https://vercel.com/docs/webhooks/webhooks-api",
		proof: ofBody("vercel", "x-vercel-signature", "", hmacSHA1, asHex),
		marks: []string{"x-vercel-signature"},
		told:  told{name: "j:type", id: "j:id", at: "j:createdAt", unit: inMillis},
		rule:  rule{within: 30 * time.Second, next: "Vercel tries again for up to a day, ever less often"},
		samples: []sample{{
			event: "deployment.succeeded", id: "wh_7Yq0bC2dE4fG6hJ8",
			headers: []string{"User-Agent: Vercel Webhook"},
			body:    `{"id":"wh_7Yq0bC2dE4fG6hJ8","type":"deployment.succeeded","createdAt":1795299200000,"region":null,"payload":{"team":{"id":"team_9kL1mN3pQ5"},"user":{"id":"usr_2rS4tU6vW8"},"target":"production","project":{"id":"prj_0xY1zA3bC5"},"deployment":{"id":"dpl_6dE7fG8hJ9","name":"shop","url":"shop.example.com"}}}`,
		}},
	}
}

func fromHeroku() row {
	return row{
		name: "heroku", title: "Heroku", doc: "https://devcenter.heroku.com/articles/app-webhooks",
		proof: ofBody("heroku", "Heroku-Webhook-Hmac-SHA256", "", hmacSHA256, asBase64),
		marks: []string{"Heroku-Webhook-Hmac-SHA256"},
		told:  told{name: "j:webhook_metadata.event.include+j:action j:resource+j:action", id: "j:webhook_metadata.event.id j:id", at: "j:published_at j:created_at"},
		samples: []sample{{
			event: "api:build.update", id: "0a1b2c3d-4e5f-4061-8273-94a5b6c7d8e9",
			body: `{"id":"0a1b2c3d-4e5f-4061-8273-94a5b6c7d8e9","action":"update","resource":"build","version":"application/vnd.heroku+json; version=3","created_at":"2026-11-21T22:13:20Z","published_at":"2026-11-21T22:13:21Z","actor":{"id":"5f6e7d8c-9bac-4dbe-8fc0-d1e2f3041526","email":"ann@example.com"},"data":{"app":{"id":"1f2e3d4c-5b6a-4798-8786-95a4b3c2d1e0","name":"shop"},"status":"succeeded"},"webhook_metadata":{"attempt":{"id":"9e8d7c6b-5a49-4837-8261-504f3e2d1c0b"},"event":{"id":"0a1b2c3d-4e5f-4061-8273-94a5b6c7d8e9","include":"api:build"}}}`,
		}},
	}
}

func fromAmazonSNS() row {
	return row{
		name: "aws_sns", title: "Amazon SNS", doc: "https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html",
		why:   "it signs with a certificate that must be fetched from the address in the message",
		marks: []string{"x-amz-sns-message-type"},
		told:  told{name: "h:x-amz-sns-message-type", id: "h:x-amz-sns-message-id", at: "j:Timestamp"},
		rule:  rule{within: 15 * time.Second, next: "SNS tries again as the subscription's delivery policy says: without one, three times, 20 seconds apart"},
		samples: []sample{{
			event: "Notification", id: "da41e39f-ea4d-435a-b922-c6aae3915ebe",
			headers: []string{"Content-Type: text/plain; charset=UTF-8", "User-Agent: Amazon Simple Notification Service Agent", "x-amz-sns-message-type: Notification", "x-amz-sns-message-id: da41e39f-ea4d-435a-b922-c6aae3915ebe", "x-amz-sns-topic-arn: arn:aws:sns:eu-central-1:123456789012:orders"},
			body:    `{"Type":"Notification","MessageId":"da41e39f-ea4d-435a-b922-c6aae3915ebe","TopicArn":"arn:aws:sns:eu-central-1:123456789012:orders","Subject":"order","Message":"order 1001 is paid","Timestamp":"2026-11-21T22:13:20.000Z","SignatureVersion":"2","Signature":"bm90IGEgc2lnbmF0dXJl","SigningCertURL":"https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-0.pem"}`,
		}},
		secretFields: []string{"SubscribeURL", "UnsubscribeURL"}, // each holds a token
	}
}

func fromGooglePubSub() row {
	return row{
		name: "google_pubsub", title: "Google Pub/Sub", doc: "https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions",
		why:   "it sends a token that Google signed with keys that change and must be fetched",
		marks: []string{"j:subscription: projects/", "j:message.messageId"},
		told:  told{name: "j:message.attributes.eventType =message", id: "j:message.messageId", at: "j:message.publishTime", retry: "j:deliveryAttempt", firstTry: 1},
		rule:  rule{from: 200, to: 204, next: "Pub/Sub tries again until the message is older than the subscription keeps it"},
		samples: []sample{{
			event: "OBJECT_FINALIZE", id: "13390288492837465",
			headers: []string{"User-Agent: APIs-Google"},
			body:    `{"message":{"attributes":{"eventType":"OBJECT_FINALIZE","bucketId":"shop-pictures"},"data":"eyJuYW1lIjoic2hvcC5wbmcifQ==","messageId":"13390288492837465","message_id":"13390288492837465","publishTime":"2026-11-21T22:13:20.123Z"},"subscription":"projects/shop/subscriptions/pictures","deliveryAttempt":1}`,
		}},
	}
}
