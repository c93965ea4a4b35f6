package inspector

import (
	"context"
	"errors"

	"devhook/store"
)

// deliverHeld is the replay of a request that is held for its app, as it came: it is taken out of its queue, since its app
// would get it twice otherwise. done says that r.d is its live delivery, and recorded; else why is what kept every byte of it
// from the app, and it waits on.
func (r *replay) deliverHeld(ctx context.Context) (done bool, why, err error) {
	w, err := r.cfg.Store.HeldOne(ctx, r.c.ID)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil, ErrJustLeft
	}
	if err != nil {
		return false, nil, err
	}
	dialled, cancel := context.WithTimeout(ctx, dialFor)
	conn, why := r.app.connect(dialled)
	cancel()
	if why != nil {
		return false, why, nil
	}
	if !r.app.stays(conn) {
		conn.close()
		return false, errLeft, nil
	}
	if err := r.cfg.Store.BeginHeld(ctx, w); err != nil {
		r.app.keep(conn)
		if errors.Is(err, store.ErrNotFound) {
			err = ErrJustLeft
		}
		return false, nil, err
	}
	r.held = true
	if why := (&lane{Inspector: r.Inspector, at: w.Place}).hand(ctx, w, r, conn); why != nil {
		r.held = false
		return false, why, nil
	}
	return true, nil, nil
}
