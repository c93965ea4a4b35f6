package provider

import (
	"strings"
	"time"
)

// gitlab proves itself in two ways, and a hook may have both: a token of the user's that is sent as it is, and newer, a
// signing token that makes a signature of Standard Webhooks. Which of them counts is told by the secrets: signing tokens
// begin with whsec_.
type gitlab struct {
	token  sharedSecret
	signed *signature
}

func newGitLab() gitlab {
	return gitlab{token: inHeader("gitlab", "GitLab", "X-Gitlab-Token"), signed: standardWebhooks("gitlab")}
}

const signingToken = "whsec_"

func (g gitlab) verify(q *Request, secrets []Secret) Result {
	var signing []Secret
	for _, s := range secrets {
		if strings.HasPrefix(s.Value, signingToken) {
			signing = append(signing, s)
		}
	}
	hasToken := header(q.Fields, "X-Gitlab-Token") != ""
	switch {
	case g.signed.in(q) && len(signing) > 0:
		return g.signed.verify(q, signing)
	case g.signed.in(q) && !hasToken, !hasToken && len(signing) > 0 && len(signing) == len(secrets):
		return g.signed.verify(q, secrets)
	}
	return g.token.verify(q, secrets)
}

// sign leaves the other proof as it is: whoever checks that has another secret.
func (g gitlab) sign(q *Request, s Secret, now time.Time) (changed []string, err error) {
	if strings.HasPrefix(s.Value, signingToken) {
		return g.signed.sign(q, s, now)
	}
	return g.token.sign(q, s, now)
}

func (g gitlab) shows(s Secret) bool { return !strings.HasPrefix(s.Value, signingToken) }

func (g gitlab) secret(seed [32]byte) (check, sign string) { return g.token.secret(seed) }
