package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"devhook/inspector"
	"devhook/store"
	"devhook/web"
)

// replayer lets the page send again; the rooms do not know each other's types.
type replayer struct {
	of func(ctx context.Context, id string) *inspector.Inspector
}

func (r replayer) Replay(ctx context.Context, id string, e web.Edit) (*store.Delivery, error) {
	d, err := r.of(ctx, id).Replay(ctx, id, inspector.Edit(e))
	for _, refused := range []error{
		inspector.ErrNotReplayable, inspector.ErrBadEdit, inspector.ErrForbidden, inspector.ErrNoSecret, inspector.ErrUnsigned, inspector.ErrJustLeft,
	} {
		if errors.Is(err, refused) {
			return nil, &web.Refusal{Reason: refusal(err, refused), Err: err}
		}
	}
	if errors.Is(err, inspector.ErrClosing) {
		return nil, fmt.Errorf("%w: %w", store.ErrClosed, err)
	}
	return d, err
}

// refusal is the sentence of an error from the refusal on: what stands before it is for a log.
func refusal(err, refused error) string {
	_, after, _ := strings.Cut(err.Error(), refused.Error())
	return refused.Error() + after
}

// Signing tells the page what a replay signed anew would compute, or why there can be none.
func (r replayer) Signing(ctx context.Context, id string) (web.Signing, error) {
	s, err := r.of(ctx, id).Signing(ctx, id)
	told := web.Signing{Secret: s.Secret, Sets: s.Sets, URL: s.URL, Seals: s.Seals}
	if s.By != nil && s.By.Name != "" {
		told.Proof = s.By.Proves()
	}
	switch {
	case err == nil:
	case errors.Is(err, store.ErrNotFound):
		return told, err
	case errors.Is(err, inspector.ErrNoSecret) && told.Proof == "":
		told.WhyNot = "the sender is unknown, so nothing says how to sign"
	case errors.Is(err, inspector.ErrNoSecret):
		told.WhyNot = "no secret is configured for " + s.By.Title + ": start devhook with --verify " + s.By.Name + "=env:NAME"
	case errors.Is(err, inspector.ErrUnsigned):
		told.WhyNot = inspector.ErrUnsigned.Error()
	default:
		told.WhyNot = "it can't be signed: " + reason(err)
	}
	return told, nil
}
