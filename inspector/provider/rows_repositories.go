package provider

import "time"

// rowsOfRepositories are further hosts of code.
func rowsOfRepositories() []row {
	return []row{fromGitLab(), fromBitbucket(), fromGitea(), fromForgejo()}
}

func fromGitLab() row {
	return row{
		name: "gitlab", title: "GitLab", doc: "https://docs.gitlab.com/user/project/integrations/webhooks/",
		how:   "Standard Webhooks in webhook-signature, or the token in X-Gitlab-Token",
		proof: newGitLab(),
		marks: []string{"X-Gitlab-Event"},
		told:  told{name: "j:object_kind j:event_name h:X-Gitlab-Event", id: "h:Idempotency-Key h:webhook-id"},
		rule:  rule{within: 10 * time.Second, next: "GitLab does not try again by itself; after four failures in a row it pauses the webhook"},
		samples: []sample{{
			event: "push", id: "0f5c1e0a-6a0a-4f0e-9a53-6cf1a3f6f2f1",
			headers: []string{"User-Agent: GitLab/18.5.0", "X-Gitlab-Event: Push Hook", "X-Gitlab-Instance: https://gitlab.example.com", "Idempotency-Key: 0f5c1e0a-6a0a-4f0e-9a53-6cf1a3f6f2f1"},
			body:    `{"object_kind":"push","event_name":"push","before":"4b1c0a8e3a86a62c2d0e7f6bb5f8e9c37c2fd1a0","after":"9d0f7a1c5e2b4d6f8091a2b3c4d5e6f708192a3b","ref":"refs/heads/main","user_name":"Ann","user_email":"ann@example.com","project_id":15,"project":{"id":15,"name":"shop","path_with_namespace":"ann/shop","default_branch":"main"},"total_commits_count":1}`,
		}},
		secretHeaders: []string{"X-Gitlab-Token"},
	}
}

func fromBitbucket() row {
	return row{
		name: "bitbucket", title: "Bitbucket", doc: "https://support.atlassian.com/bitbucket-cloud/docs/manage-webhooks/",
		proof: ofBody("bitbucket", "X-Hub-Signature", "sha256=", hmacSHA256, asHex),
		marks: []string{"X-Event-Key"},
		told:  told{name: "h:X-Event-Key", id: "h:X-Request-UUID h:X-Request-Id", retry: "h:X-Attempt-Number", firstTry: 1},
		rule:  rule{within: 10 * time.Second, next: "Bitbucket Cloud tries twice more after a 5xx or no answer, and not after a 4xx"},
		samples: []sample{{
			event: "repo:push", id: "5d6a1d4b-3e07-4c5e-b9c2-0f9b1a1d7a44",
			headers: []string{"User-Agent: Bitbucket-Webhooks/2.0", "X-Event-Key: repo:push", "X-Hook-UUID: 2c1e3b0f-67a2-4f8f-a0a2-3d1c0b9e8f7a", "X-Request-UUID: 5d6a1d4b-3e07-4c5e-b9c2-0f9b1a1d7a44", "X-Attempt-Number: 1"},
			body:    `{"repository":{"type":"repository","full_name":"ann/shop","name":"shop","is_private":true},"actor":{"display_name":"Ann","type":"user"},"push":{"changes":[{"new":{"type":"branch","name":"main"},"created":false,"forced":false}]}}`,
		}},
	}
}

func fromGitea() row {
	return row{
		name: "gitea", title: "Gitea", doc: "https://docs.gitea.com/usage/webhooks",
		proof: versions{
			ofBody("gitea", "X-Gitea-Signature", "", hmacSHA256, asHex),
			ofBody("gitea", "X-Hub-Signature-256", "sha256=", hmacSHA256, asHex),
		},
		marks: []string{"X-Gitea-Event"},
		told:  told{name: "h:X-Gitea-Event", id: "h:X-Gitea-Delivery"},
		rule:  rule{next: "Gitea does not try again by itself"},
		samples: []sample{{
			event: "push", id: "b8f1c5d2-7e4a-4b6f-8d3e-1a2b3c4d5e6f",
			headers: []string{"X-Gitea-Event: push", "X-Gitea-Event-Type: push", "X-Gitea-Delivery: b8f1c5d2-7e4a-4b6f-8d3e-1a2b3c4d5e6f", "X-GitHub-Event: push", "X-GitHub-Delivery: b8f1c5d2-7e4a-4b6f-8d3e-1a2b3c4d5e6f"},
			body:    `{"ref":"refs/heads/main","before":"28e1879d029cb852e4844d9c718537df08844e03","after":"bffeb74224043ba2feb48d137756c8a9331c449a","total_commits":1,"repository":{"id":140,"name":"shop","full_name":"ann/shop","private":false},"pusher":{"login":"ann","email":"ann@example.com"}}`,
		}},
	}
}

func fromForgejo() row {
	return row{
		name: "forgejo", title: "Forgejo", doc: "https://forgejo.org/docs/latest/user/webhooks/",
		proof: versions{
			ofBody("forgejo", "X-Forgejo-Signature", "", hmacSHA256, asHex),
			ofBody("forgejo", "X-Gitea-Signature", "", hmacSHA256, asHex),
			ofBody("forgejo", "X-Hub-Signature-256", "sha256=", hmacSHA256, asHex),
		},
		marks: []string{"X-Forgejo-Event"},
		told:  told{name: "h:X-Forgejo-Event", id: "h:X-Forgejo-Delivery"},
		rule:  rule{next: "Forgejo does not try again by itself"},
		samples: []sample{{
			event: "issues", id: "3a7d9e10-52c4-4be1-9f0d-7b1e0c6a2d58",
			headers: []string{"X-Forgejo-Event: issues", "X-Forgejo-Delivery: 3a7d9e10-52c4-4be1-9f0d-7b1e0c6a2d58", "X-Gitea-Event: issues", "X-Gitea-Delivery: 3a7d9e10-52c4-4be1-9f0d-7b1e0c6a2d58", "X-GitHub-Event: issues"},
			body:    `{"action":"opened","number":7,"issue":{"id":61,"number":7,"title":"Opening hours","state":"open","user":{"login":"ann","email":"ann@example.com"}},"repository":{"id":9,"name":"shop","full_name":"ann/shop"},"sender":{"login":"ann"}}`,
		}},
	}
}
