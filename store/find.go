package store

import (
	"context"
	"strings"
)

// Resolve finds the ID of the capture that ref names: a whole ID, a prefix or
// suffix that only one has, in any case, or "latest". ErrNotFound and
// ErrAmbiguous as they say.
func (db *DB) Resolve(ctx context.Context, ref string) (string, error) {
	if strings.EqualFold(ref, "latest") {
		var id string
		err := db.read.row(ctx, []any{&id}, "SELECT id FROM captures ORDER BY seq DESC LIMIT 1")
		return id, fail("find", ref, err)
	}
	id, err := db.find(ctx, "captures", ref)
	return id, fail("find", ref, err)
}

// ResolveDelivery finds the ID of the delivery that ref names, as Resolve does
// but for "latest".
func (db *DB) ResolveDelivery(ctx context.Context, ref string) (string, error) {
	id, err := db.find(ctx, "deliveries", ref)
	return id, fail("find delivery", ref, err)
}

// find looks in a table whose rows have an id.
func (db *DB) find(ctx context.Context, table, ref string) (string, error) {
	if ref == "" {
		return "", ErrNotFound
	}
	ref = strings.ToUpper(ref)
	from := "SELECT id FROM " + table + " "
	ids, err := all(ctx, db.read, scanText, from+"WHERE id = ?", ref)
	if err == nil && len(ids) == 0 {
		var w conditions
		w.prefix("id", ref)
		ids, err = all(ctx, db.read, scanText, from+w.clause()+
			" UNION SELECT * FROM ("+from+"WHERE substr(id, -length(?)) = ? LIMIT 2) LIMIT 2",
			append(w.args, ref, ref)...)
	}
	switch {
	case err != nil:
		return "", err
	case len(ids) == 0:
		return "", ErrNotFound
	case len(ids) > 1:
		return "", ErrAmbiguous
	}
	return ids[0], nil
}
