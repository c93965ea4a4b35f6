package provider

import "time"

// rowsOfCode are hosts of code and what is built from it.
func rowsOfCode() []row {
	return []row{
		{
			name: "github", title: "GitHub", doc: "https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries",
			where: "the repository or organisation: Settings, Webhooks, Secret",
			proof: versions{
				ofBody("github", "X-Hub-Signature-256", "sha256=", hmacSHA256, asHex),
				ofBody("github", "X-Hub-Signature", "sha1=", hmacSHA1, asHex),
			},
			marks: []string{"X-GitHub-Event"},
			told:  told{name: "h:X-GitHub-Event", id: "h:X-GitHub-Delivery"},
			rule:  rule{within: 10 * time.Second, next: "GitHub does not try again by itself; it can be asked to, for three days"},
			samples: []sample{{
				event: "push", id: "72d3162e-cc78-11e3-81ab-4c9367dc0958",
				headers: []string{"User-Agent: GitHub-Hookshot/044aadd", "X-GitHub-Event: push", "X-GitHub-Delivery: 72d3162e-cc78-11e3-81ab-4c9367dc0958", "X-GitHub-Hook-ID: 292430182"},
				body:    `{"ref":"refs/heads/main","before":"6113728f27ae82c7b1a177c8d03f9e96e0adf246","after":"59b20b8d5c6ff8d09518454d4dd8b7b30f095ab5","repository":{"id":186853002,"name":"shop","full_name":"ann/shop"},"pusher":{"name":"ann","email":"ann@example.com"},"commits":[]}`,
			}},
		},
		{
			name: "terraform_cloud", title: "Terraform Cloud", doc: "https://developer.hashicorp.com/terraform/cloud-docs/api-docs/notification-configurations",
			where: "the workspace: Settings, Notifications, Token",
			proof: ofBody("terraform_cloud", "X-TFE-Notification-Signature", "", hmacSHA512, asHex),
			marks: []string{"X-TFE-Notification-Signature"},
			told:  told{name: "j:notifications.0.trigger", id: "j:run_id", at: "j:notifications.0.run_updated_at", perEvent: true},
			samples: []sample{{
				event: "run:created", id: "run-7q3iMBsAtZsbCPKU",
				body: `{"payload_version":1,"notification_configuration_id":"nc-AeUQ2zfKZzW9TiGZ","run_url":"https://app.terraform.io/app/acme/shop/runs/run-7q3iMBsAtZsbCPKU","run_id":"run-7q3iMBsAtZsbCPKU","run_message":"Open on Sunday","run_created_at":"2026-11-21T22:10:00.000Z","workspace_name":"shop","organization_name":"acme","notifications":[{"message":"Run Created","trigger":"run:created","run_status":"pending","run_updated_at":"2026-11-21T22:10:00.000Z","run_updated_by":"ann"}]}`,
			}},
		},
	}
}
