package main

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"devhook/cmd/devhook/config"
	"devhook/inspector/export"
	"devhook/inspector/provider"
	"devhook/store"
)

// openStore opens the database for writing, making it when it isn't there.
func (c *cli) openStore(ctx context.Context, o store.Options) (*store.DB, error) {
	o.Log = c.term.logger()
	db, err := store.Open(ctx, o)
	if err != nil {
		return nil, openFault(o.Path, err)
	}
	if backup := db.Opening().Backup; backup != "" {
		c.term.tell("note: the database was brought up to date; as it was before, it is kept as %s", quote(backup))
	}
	return db, nil
}

// openRecorded opens a database that is to be read. A look must not make one:
// nil without an error means that there is nothing at the usual place yet.
func (c *cli) openRecorded(ctx context.Context, cfg *config.Config) (*store.DB, error) {
	if _, err := os.Stat(cfg.DB); errors.Is(err, fs.ErrNotExist) {
		if cfg.DBGiven {
			return nil, failed(err, "devhook up --db PATH makes it", "there is no database %s", cfg.DB)
		}
		return nil, nil
	}
	return c.openStore(ctx, store.Options{Path: cfg.DB})
}

// mustRecorded is openRecorded for commands that need a request to be there.
func (c *cli) mustRecorded(ctx context.Context, cfg *config.Config) (*store.DB, error) {
	db, err := c.openRecorded(ctx, cfg)
	if db == nil && err == nil {
		return nil, idFault("latest", store.ErrNotFound)
	}
	return db, err
}

// closing joins the error of Close to a command's own.
func closing(db *store.DB, err *error) {
	*err = errors.Join(*err, db.Close())
}

// find turns what a user typed into a capture.
func find(ctx context.Context, db *store.DB, ref string) (*store.Capture, error) {
	id, err := db.Resolve(ctx, ref)
	if err != nil {
		return nil, idFault(ref, err)
	}
	return db.Capture(ctx, id)
}

// masks hides what any of the senders puts into its requests as a credential.
func masks(known provider.List) *export.Mask {
	var headers, fields []string
	for _, p := range known {
		headers = append(headers, p.SecretHeaders...)
		fields = append(fields, p.SecretFields...)
	}
	return export.NewMask(headers, fields)
}
