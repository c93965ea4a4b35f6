package inspector

import (
	"context"
	"fmt"

	"devhook/inspector/provider"
)

// Signing is what a replay with Resign would compute anew.
type Signing struct {
	By     *provider.Provider // nil: the sender is unknown
	Secret string             // the reference of the secret it signs with: "env:NAME"
	Sets   []string           // headers and fields that get a new value
	URL    string             // what the sender called: some sign it
	Seals  bool               // the proof covers the content, so that an edit breaks it; a bare secret stays right
}

// Signing tries out what a replay of a capture, signed anew, would set, and sends nothing. By and Seals are known with
// ErrNoSecret and ErrUnsigned too.
//
// Errors: those of Replay before anything is sent, and what hinders the sender's way of signing.
func (i *Inspector) Signing(ctx context.Context, id string) (Signing, error) {
	c, err := i.cfg.Store.Capture(ctx, id)
	if err != nil {
		return Signing{}, fmt.Errorf("inspector: try to sign %s: %w", id, err)
	}
	var s Signing
	if p, ok := i.known.ByName(c.Provider); ok {
		s.By, s.Seals = p, p.Sign != nil && !p.Shows(provider.Secret{})
	}
	r, err := i.prepare(ctx, id, Edit{Resign: true})
	if err != nil {
		return s, fmt.Errorf("inspector: try to sign %s: %w", id, err)
	}
	secret, _ := r.secret()
	return Signing{By: r.by, Secret: secret.Ref, Sets: r.d.Resigned, URL: r.asked.URL, Seals: !r.by.Shows(secret)}, nil
}
