package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"devhook/cmd/devhook/config"
	"devhook/inspector"
	"devhook/store"
	"devhook/web"
)

func resendCommand(c *cli) *cobra.Command {
	var f filterFlags
	var unknown, dry bool
	cmd := &cobra.Command{
		Use:   "resend --failed",
		Short: "Deliver what failed, oldest first, one at a time",
		Long: `Deliver what failed, oldest first, one at a time.

A request counts as failed when it is complete, was not refused, no later
duplicate of it was accepted, and it has no delivery or the latest one was not
accepted: an error, or an answer its sender doesn't take for success (any but
2xx, if the sender is unknown). Imported ones never count as failed. One whose
outcome a crash left unknown may have reached the app; it is sent only with
--include-unknown.`,
		Example: `  devhook resend --failed --since 1h
  devhook resend --failed --provider telerivet --dry-run`,
		Args: exactly(0, ""),
	}
	set := cmd.Flags()
	set.BoolVar(&f.failed, "failed", false, "required: what failed is sent again")
	f.addSource(set)
	set.BoolVar(&unknown, "include-unknown", false, "also what the app may have got before a crash")
	set.BoolVar(&dry, "dry-run", false, "only list what would be sent")
	settings := newSettingFlags(set)
	settings.storage()
	settings.app()
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if !f.failed {
			return usage("devhook resend --failed, or devhook replay ID for one of your choice", "resend wants --failed")
		}
		cfg, err := c.load(settings, false, sendSettings...)
		if err != nil {
			return err
		}
		filter, err := f.filter(c.known, time.Now())
		if err != nil {
			return err
		}
		filter.OldestFirst, filter.Resendable, filter.IncludeUnknown = true, true, unknown
		return c.resend(cmd.Context(), cfg, filter, dry)
	}
	return cmd
}

func (c *cli) resend(ctx context.Context, cfg *config.Config, filter store.Filter, dry bool) (err error) {
	db, err := c.openRecorded(ctx, cfg)
	if err != nil {
		return err
	}
	if db == nil {
		c.term.tell("nothing is recorded yet")
		return nil
	}
	defer closing(db, &err)
	captures, err := db.List(ctx, filter)
	if err != nil {
		return err
	}
	if len(captures) == 0 {
		return c.nothingFailed(ctx, db, filter)
	}
	if dry {
		return c.dryRun(captures)
	}
	s := &courier{c: c, db: db, cfg: cfg, log: c.term.logger(), only: len(captures) == 1}
	for _, capture := range captures {
		if err := s.send(ctx, capture, inspector.Edit{}); err != nil {
			return err
		}
	}
	return s.verdict()
}

// nothingFailed says that there is nothing to send, or what is left out: a list
// of failed requests shows that too.
func (c *cli) nothingFailed(ctx context.Context, db *store.DB, filter store.Filter) error {
	filter.IncludeUnknown = true
	left, err := db.List(ctx, filter)
	if err != nil {
		return err
	}
	if len(left) == 0 {
		c.term.tell("nothing failed")
		return nil
	}
	c.term.tell("nothing is sent: the app may have got %s already, the outcome is unknown", count(len(left), "request", "requests"))
	c.term.tell("hint: --include-unknown sends what you choose to send again")
	return nil
}

func (c *cli) dryRun(captures []*store.Capture) error {
	if c.json {
		for _, one := range captures {
			if err := c.term.object(web.CaptureJSON(one, masks(c.known))); err != nil {
				return err
			}
		}
		return nil
	}
	if err := c.term.requestTable(captures, masks(c.known), time.Now()); err != nil {
		return err
	}
	c.term.tell("%s would be sent", count(len(captures), "request", "requests"))
	return nil
}
