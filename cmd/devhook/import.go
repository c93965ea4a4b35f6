package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"devhook/cmd/devhook/config"
	"devhook/inspector"
	"devhook/inspector/export"
	"devhook/store"
	"devhook/tunnel/http1"
	"devhook/web"
)

func importCommand(c *cli) *cobra.Command {
	var pin bool
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Take requests from a HAR file or from devhook export",
		Long: `Take requests from a HAR file (of a browser, a proxy or devhook) or from the
JSON of devhook export; - reads stdin. Each gets a new ID and is marked as
imported: it can be looked at, verified and replayed, but nobody waits for its
delivery, so it never counts as failed and devhook resend --failed leaves it
alone. Answers that the file holds are not taken: they say nothing of your app.

A HAR has no bytes: its requests are written anew as HTTP/1.1. What was masked
stays masked, and is neither verified nor replayed as its sender's. A file with
a fault is taken in no part.`,
		Example: `  devhook import shop.har
  devhook import w6k3vn.json --pin --json | jq -r .id`,
		Args: exactly(1, "a file; - is stdin"),
	}
	cmd.Flags().BoolVar(&pin, "pin", false, "pin them, so that --keep spares them")
	settings := newSettingFlags(cmd.Flags())
	settings.storage()
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		cfg, err := c.load(settings, false, "db", "keep")
		if err != nil {
			return err
		}
		return c.importFile(cmd.Context(), cfg, args[0], pin)
	}
	return cmd
}

func (c *cli) importFile(ctx context.Context, cfg *config.Config, name string, pin bool) (err error) {
	taken, left, err := c.take(ctx, name)
	if err != nil {
		return err
	}
	db, err := c.openStore(ctx, store.Options{Path: cfg.DB})
	if err != nil {
		return err
	}
	defer closing(db, &err)
	looker := inspector.New(inspector.Config{Known: c.known})
	masked, partial, old := 0, 0, 0
	for i := range taken {
		one := &taken[i]
		c.mark(looker, one, name, pin)
		if err := db.Add(ctx, one.Capture, one.Body); err != nil {
			return err
		}
		if one.Masked {
			masked++
		}
		if one.Capture.State == store.Incomplete {
			partial++
		}
		if cfg.Keep > 0 && !pin && time.Since(one.Capture.ReceivedAt) > cfg.Keep {
			old++
		}
		if err := c.tellImported(one.Capture); err != nil {
			return err
		}
	}
	c.tellImport(name, len(taken), left, masked, partial)
	if old > 0 {
		c.term.tell("note: %s older than %s: the next devhook up forgets them\nhint: --pin keeps them, as --keep does with a longer time", count(old, "request is", "requests are"), ageText(cfg.Keep))
	}
	return db.Sync(ctx)
}

// take reads the file, or stdin until Ctrl-C.
func (c *cli) take(ctx context.Context, name string) (taken []export.Taken, left int, err error) {
	in := c.stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, 0, failed(err, "name a readable file, or - for stdin", "%s can't be read: %s", name, reason(err))
		}
		defer f.Close()
		in = f
	}
	type result struct {
		taken []export.Taken
		left  int
	}
	done, err := unlessEnded(ctx, func() (result, error) {
		taken, left, err := export.Take(in)
		return result{taken, left}, err
	})
	if err == nil || ctx.Err() != nil {
		return done.taken, done.left, err
	}
	if fault, ok := errors.AsType[*export.TakeFault](err); ok {
		text := fault.Text
		if fault.Entry > 0 {
			text = fmt.Sprintf("request %d: %s", fault.Entry, text)
		}
		return nil, 0, failed(err, "devhook takes HAR files, and what devhook export --as json writes", "%s can't be imported: %s", fileName(name), text)
	}
	return nil, 0, failed(err, "name a readable file, or - for stdin", "%s can't be read: %s", fileName(name), reason(err))
}

func fileName(name string) string {
	if name == "-" {
		return "stdin"
	}
	return name
}

// importedMasked is the reason of a verdict that nobody can give any more.
const importedMasked = "imported with masked credentials: it can't be verified, and a replay is not what its sender sent"

// mark says of a capture where it is from and what it is. Its verdict from
// elsewhere is told, not believed. It takes no part in telling retries apart: it
// would settle webhooks that failed here.
func (c *cli) mark(looker *inspector.Inspector, one *export.Taken, name string, pin bool) {
	capture := one.Capture
	capture.Instance, capture.Pinned = store.Imported, pin
	if at := capture.ReceivedAt; at.After(time.Now()) || at.Before(time.Unix(0, 0)) {
		capture.ReceivedAt = time.Time{} // of another clock: it would be the latest until then
	}
	capture.Note = importNote(fileName(name), capture.Note)
	if q, err := http1.ParseRequest(capture.Head); err == nil && capture.State != store.Malformed {
		*capture = *looker.Look(capture, &q.Head, one.Body, false, inspector.Recheck{At: capture.ReceivedAt})
	}
	capture.DedupeKey, capture.Verdict, capture.Checks, capture.Hints = "", store.Unchecked, nil, nil
	switch {
	case one.Masked:
		capture.Reason = importedMasked
	case capture.State == store.Incomplete:
		capture.Reason = "the file doesn't hold the whole body"
	case one.Was != "" && one.Was != string(store.Unchecked):
		capture.Reason = "imported; where it was recorded it was " + one.Was
	default:
		capture.Reason = "imported"
	}
	if !one.Masked && capture.Provider != "" {
		capture.Hints = []string{"devhook verify --provider " + capture.Provider + " --secret REF --save ID checks it here"}
	}
}

func importNote(file, before string) string {
	note := "imported from " + file
	if before != "" {
		note += ": " + before
	}
	return note
}

func (c *cli) tellImported(capture *store.Capture) error {
	if c.json {
		return c.term.object(web.CaptureJSON(capture, masks(c.known)))
	}
	return c.term.told(2, "%s  %s", capture.ReceivedAt.Local().Format(stamp), joined(capture.ID, c.term.arrived(capture, masks(c.known))...))
}

func (c *cli) tellImport(name string, taken, left, masked, partial int) {
	c.term.tell("%s imported from %s", count(taken, "request", "requests"), quote(fileName(name)))
	if left > 0 {
		c.term.tell("note: %s left out: no HTTP requests", count(left, "entry", "entries"))
	}
	if partial > 0 {
		c.term.tell("note: %s without the whole body in the file: kept as incomplete", count(partial, "request", "requests"))
	}
	if masked > 0 {
		c.term.tell("note: %s with masked credentials can't be verified or replayed as the sender's\nhint: ask for an export with --reveal; a replay with --resign signs anew", count(masked, "request", "requests"))
	}
}
