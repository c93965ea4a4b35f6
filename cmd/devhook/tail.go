package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"devhook/store"
)

func tailCommand(c *cli) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "tail",
		Short: "Follow what arrives, one line each, until Ctrl-C",
		Long: `Follow what arrives, one line each, until Ctrl-C. A line is printed when the app
has answered. It works beside any devhook up that uses the same database.`,
		Example: `  devhook tail
  devhook tail --json | jq -r 'select(.event == "delivery") | .status'`,
		Args: exactly(0, ""),
	}
	settings := newSettingFlags(cmd.Flags())
	settings.storage()
	cmd.RunE = func(cmd *cobra.Command, _ []string) (err error) {
		cfg, err := c.load(settings, false, "db")
		if err != nil {
			return err
		}
		db, err := c.openStore(cmd.Context(), store.Options{Path: cfg.DB})
		if err != nil {
			return err
		}
		defer closing(db, &err)
		return c.follow(cmd.Context(), db)
	}
	return cmd
}

func (c *cli) follow(ctx context.Context, db *store.DB) error {
	changes, err := db.Watch(ctx, store.Position{})
	if err != nil {
		return err
	}
	c.term.tell("following %s; Ctrl-C ends it", quote(db.Path()))
	f := newFeed(c, db)
	f.oneLine = true
	err = f.run(ctx, changes)
	if errors.Is(err, context.Canceled) {
		return nil // Ctrl-C is how following ends
	}
	return err
}
