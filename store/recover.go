package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// cutShort is the reason of a capture whose body was still coming.
const cutShort = "devhook stopped while the body was arriving"

// recover writes down what dead processes left unfinished and forgets them.
func (db *DB) recover(ctx context.Context) error {
	owners, err := all(ctx, db.read, scanText, `SELECT id FROM instances
		UNION SELECT delivering FROM captures WHERE delivering <> ''
		UNION SELECT owner FROM pending WHERE owner <> ''
		UNION SELECT owner FROM queue WHERE owner <> ''`)
	if err != nil {
		return err
	}
	for _, owner := range owners {
		if alive(db.path, owner) {
			continue
		}
		if err := db.bury(ctx, owner); err != nil {
			return err
		}
		db.log.Info("store: wrote down what a dead process left", "instance", owner)
		err := os.Remove(lockName(db.path, owner))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// leave does for this process what the next one would do for a dead one.
func (db *DB) leave(owned []*lockFile) error {
	var errs []error
	for _, l := range owned {
		errs = append(errs, db.bury(context.Background(), l.owner))
	}
	return errors.Join(errs...)
}

// bury ends everything an owner left. Each step can be done twice, by two
// processes too: what is no longer there is passed over.
func (db *DB) bury(ctx context.Context, owner string) error {
	if err := db.endArrivals(ctx, owner); err != nil {
		return err
	}
	err := db.write.do(ctx, &job{visible: true, run: func(w *conn) error {
		if err := endAnnounced(w, owner, db.boot); err != nil {
			return err
		}
		if err := endDeliveries(w, owner); err != nil {
			return err
		}
		if err := endReplays(w, owner); err != nil {
			return err
		}
		for _, query := range []string{
			`UPDATE pending SET kind = 'trash', owner = '' WHERE owner = ?`,
			`UPDATE queue SET owner = '' WHERE owner = ?`, // until another takes it over
			`DELETE FROM instances WHERE id = ?`,
		} {
			if _, err := w.exec(query, owner); err != nil {
				return err
			}
		}
		return nil
	}})
	if err != nil {
		return err
	}
	return db.sweep(ctx)
}

// endDeliveries gives the live deliveries an owner promised an unknown outcome.
func endDeliveries(w *conn, owner string) error {
	captures, err := w.seqs("SELECT seq FROM captures WHERE delivering = ? AND delivering <> ''", owner)
	if err != nil {
		return err
	}
	for _, seq := range captures {
		var id, app, target string
		var at int64
		err := w.row([]any{&id, &app, &target, &at},
			"SELECT id, app, target, received_at FROM captures WHERE seq = ?", seq)
		if err != nil {
			return err
		}
		d := &Delivery{
			CaptureID: id, Kind: Live, At: fromNanos(at), Error: OutcomeUnknown,
			ID: NewID(fromNanos(at)), Target: calledURL(app, target),
		}
		if _, _, err := newOutcome(context.Background(), d, nil).insert(w); err != nil {
			return err
		}
	}
	return nil
}

// endReplays does the same for the replays it had begun. What had come of an
// answer is dropped: without its head it says nothing.
func endReplays(w *conn, owner string) error {
	for {
		var id, record string
		err := w.row([]any{&id, &record},
			"SELECT id, record FROM pending WHERE owner = ? AND kind = 'replay' LIMIT 1", owner)
		if err != nil {
			return ignoreMissing(err)
		}
		if err := endReplay(w, id, record); err != nil {
			return err
		}
	}
}

func endReplay(w *conn, id, record string) error {
	// Before schema 3 the row stayed where an answer of more than 64 KiB had been recorded: that is no end without one.
	var recorded bool
	if err := w.row([]any{&recorded}, "SELECT EXISTS (SELECT 1 FROM deliveries WHERE id = ?)", id); err != nil {
		return err
	}
	if !recorded {
		if err := endUnknown(w, id, record); err != nil {
			return err
		}
	}
	_, err := w.exec(deletePending, id) // also if its capture is gone
	return err
}

// endUnknown gives a replay an unknown outcome.
func endUnknown(w *conn, id, record string) error {
	var d Delivery
	if err := json.Unmarshal([]byte(record), &d); err != nil {
		return fmt.Errorf("pending %q: %w", id, err)
	}
	d.ID, d.Kind, d.Error, d.Accepted, d.Status = id, Replay, OutcomeUnknown, false, 0
	if _, err := w.exec("DELETE FROM chunks WHERE owner = ?", id); err != nil {
		return err
	}
	if _, _, err := newOutcome(context.Background(), &d, nil).insert(w); err != nil && !rejected(err) {
		return err
	}
	return nil
}

// endArrivals turns the arrivals of an owner into incomplete captures.
func (db *DB) endArrivals(ctx context.Context, owner string) error {
	ids, err := all(ctx, db.read, scanText, "SELECT id FROM pending WHERE kind = 'arrival' AND owner = ?", owner)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := db.endArrival(ctx, id); err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
	}
	return nil
}

func (db *DB) endArrival(ctx context.Context, id string) error {
	var record string
	err := db.read.row(ctx, []any{&record}, "SELECT record FROM pending WHERE id = ?", id)
	if err != nil {
		return cause(err)
	}
	var c Capture
	if err := json.Unmarshal([]byte(record), &c); err != nil {
		return fmt.Errorf("pending %q: %w", id, err)
	}
	// The chunks of a dead process do not change: hash them without holding
	// up the writer.
	hash := sha256.New()
	n, err := io.Copy(hash, &chunkReader{ctx: ctx, db: db, owner: id, left: -1})
	if err != nil {
		return err
	}
	c.ID, c.State, c.Delivering = id, Incomplete, false
	c.BodySize, c.BodySHA256 = n, hex.EncodeToString(hash.Sum(nil))
	c.Verdict, c.Reason, c.Hints, c.Checks = Unchecked, cutShort, nil, nil
	a := db.newArrival(context.Background(), &c, "")
	return db.write.do(ctx, &job{visible: true, run: func(w *conn) error {
		_, _, err := a.settle(w)
		return err
	}})
}

// calledURL is where a request went: the app's address with its path, which a
// target may also hold behind another host, or not at all.
func calledURL(app, target string) string {
	if !strings.HasPrefix(target, "/") {
		_, rest, _ := strings.Cut(target, "://")
		_, path, _ := strings.Cut(rest, "/")
		target = "/" + path
	}
	return strings.TrimSuffix(app, "/") + target
}
