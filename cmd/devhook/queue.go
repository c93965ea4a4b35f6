package main

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"devhook/cmd/devhook/config"
	"devhook/store"
	"devhook/web"
)

func queueCommand(c *cli) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "queue",
		Short: "What waits for its app, and what to do with it",
		Long: `List what devhook up --hold has answered and the app has not got yet: a line for
each app and route, with how many wait, since when, and why.

What waits on a route goes out in order. A paused queue keeps what it has, and
what comes, until it is resumed, also over a restart. Cancelled requests stay
recorded; devhook resend --failed or devhook replay sends them. A replay of one
that waits, as it came and to its app, is its delivery: it leaves its queue.`,
		Example: `  devhook queue
  devhook queue --route /hooks/pay --json`,
		Args: exactly(0, ""),
	}
	f := &queueFlags{settings: newSettingFlags(cmd.PersistentFlags())}
	f.settings.storage()
	f.add(cmd.Flags())
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return c.queueWith(cmd, f, func(ctx context.Context, db *store.DB) error { return c.queues(ctx, db, f) })
	}
	cmd.AddCommand(
		c.queueVerb(f, "pause", "Keep what waits, and what comes, from the app", "paused", "queue", "queues", func(ctx context.Context, db *store.DB, at store.Place) (int, error) {
			return 1, db.Pause(ctx, at)
		}),
		c.queueVerb(f, "resume", "Deliver again what a paused queue has", "resumed", "queue", "queues", func(ctx context.Context, db *store.DB, at store.Place) (int, error) {
			return 1, db.Resume(ctx, at)
		}),
		c.queueVerb(f, "deliver", "Try the oldest of each queue now, also of a paused one", "tried now", "request", "requests", func(ctx context.Context, db *store.DB, at store.Place) (int, error) {
			return db.Hurry(ctx, &at)
		}),
		c.queueCancel(f),
	)
	return cmd
}

// queueFlags say which queues are meant.
type queueFlags struct {
	settings   *settingFlags
	app, route string
	set        *pflag.FlagSet // the flags of the command that runs
}

// noRoute is how the queue is named whose requests no route claims.
const noRoute = "none"

func (f *queueFlags) add(set *pflag.FlagSet) {
	set.StringVar(&f.app, "app", "", "only what waits for this app, such as http://localhost:3000")
	set.StringVar(&f.route, "route", "", "only what waits on this route, as it is listed; none: what no route\nclaims")
}

func (f *queueFlags) place() store.Place {
	if f.route == noRoute {
		return store.Place{App: f.app}
	}
	return store.Place{App: f.app, Route: f.route}
}

func (f *queueFlags) fits(q store.Queue) bool {
	at := f.place()
	return (!f.set.Changed("app") || at.App == q.App) && (!f.set.Changed("route") || at.Route == q.Route)
}

// queueWith opens the database for a command on queues; nothing recorded is nothing that waits.
func (c *cli) queueWith(cmd *cobra.Command, f *queueFlags, do func(context.Context, *store.DB) error) (err error) {
	f.set = cmd.Flags()
	cfg, err := c.load(f.settings, false, "db")
	if err != nil {
		return err
	}
	return c.withRecorded(cmd.Context(), cfg, do)
}

func (c *cli) withRecorded(ctx context.Context, cfg *config.Config, do func(context.Context, *store.DB) error) (err error) {
	db, err := c.openRecorded(ctx, cfg)
	if err != nil {
		return err
	}
	if db == nil {
		c.term.tell("nothing is recorded yet")
		return nil
	}
	defer closing(db, &err)
	return do(ctx, db)
}

// chosen are the queues that the flags mean.
func (f *queueFlags) chosen(ctx context.Context, db *store.DB) ([]store.Queue, error) {
	all, err := db.Queues(ctx)
	return slices.DeleteFunc(all, func(q store.Queue) bool { return !f.fits(q) }), err
}

func (c *cli) queues(ctx context.Context, db *store.DB, f *queueFlags) error {
	all, err := f.chosen(ctx, db)
	if err != nil {
		return err
	}
	if c.json {
		for _, q := range all {
			if err := c.term.object(web.QueueJSON(q)); err != nil {
				return err
			}
		}
		return nil
	}
	if len(all) == 0 {
		c.term.tell("nothing waits")
		return nil
	}
	now := time.Now()
	rows := make([][]string, len(all))
	for i, q := range all {
		since := "-"
		if q.First != nil {
			since = q.First.Since.Local().Format("01-02 15:04:05")
		}
		rows[i] = []string{routeName(q.Route), quote(q.App), grouped(q.Count), size(uint64(q.Bytes)), since, quote(web.QueueSays(q, now))}
	}
	return c.term.table([]column{
		{head: "ROUTE", limit: 40, least: 8, shorten: end},
		{head: "APP", limit: 40, least: 12, shorten: middle},
		{head: "WAIT", right: true},
		{head: "SIZE", right: true, spare: 1},
		{head: "SINCE", spare: 2},
		{head: "NOW", limit: 80, least: 12, shorten: end},
	}, rows)
}

func routeName(route string) string {
	if route == "" {
		return noRoute
	}
	return quote(route)
}

// queueVerb is a command that does something to each queue that is meant.
func (c *cli) queueVerb(f *queueFlags, verb, short, done, one, many string, do func(context.Context, *store.DB, store.Place) (int, error)) *cobra.Command {
	cmd := &cobra.Command{
		Use: verb, Short: short, Long: short + ":\nof all queues, or of those that --app and --route choose.",
		Example: "  devhook queue " + verb + "\n  devhook queue " + verb + " --route /hooks/pay",
		Args:    exactly(0, ""),
	}
	own := &queueFlags{settings: f.settings}
	own.add(cmd.Flags())
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return c.queueWith(cmd, own, func(ctx context.Context, db *store.DB) error {
			all, err := own.chosen(ctx, db)
			if len(all) == 0 && verb == "pause" && own.set.Changed("app") && own.set.Changed("route") {
				all = []store.Queue{{Place: own.place()}} // before anything comes
			}
			n := 0
			for _, q := range all {
				if err != nil {
					break
				}
				var changed int
				changed, err = do(ctx, db, q.Place)
				n += changed
			}
			if err != nil {
				return err
			}
			return c.toldQueue(done, n, one, many)
		})
	}
	return cmd
}

// toldQueue says what was done to how many.
func (c *cli) toldQueue(done string, n int, one, many string) error {
	if c.json {
		return c.term.object(map[string]any{"done": done, "count": n})
	}
	if n == 0 {
		c.term.tell("nothing waits")
		return nil
	}
	return c.term.line("%s: %s", done, count(n, one, many))
}

func (c *cli) queueCancel(f *queueFlags) *cobra.Command {
	var every bool
	cmd := &cobra.Command{
		Use:   "cancel {ID… | --all}",
		Short: "Don't deliver what waits",
		Long: `Don't deliver what waits: the requests that are named, or with --all those of
all queues, or of those that --app and --route choose. They stay recorded as not
delivered, with a note that says so.`,
		Example: `  devhook queue cancel q7rk2m
  devhook queue cancel --all --route /hooks/pay`,
	}
	own := &queueFlags{settings: f.settings}
	own.add(cmd.Flags())
	cmd.Flags().BoolVar(&every, "all", false, "all that waits")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if every == (len(args) > 0) {
			return usage("see devhook queue cancel --help", "cancel wants IDs, or --all")
		}
		if places := cmd.Flags().Changed("app") || cmd.Flags().Changed("route"); places && !every {
			return usage("leave them out, or write --all", "--app and --route choose queues, and IDs are given")
		}
		return c.queueWith(cmd, own, func(ctx context.Context, db *store.DB) error {
			n, err := own.cancel(ctx, db, args)
			if err != nil {
				return err
			}
			return c.toldQueue("cancelled", n, "request", "requests")
		})
	}
	return cmd
}

func (f *queueFlags) cancel(ctx context.Context, db *store.DB, ids []string) (n int, err error) {
	for _, ref := range ids {
		one, err := find(ctx, db, ref)
		if err != nil {
			return n, err
		}
		if err := db.Cancel(ctx, one.ID); errors.Is(err, store.ErrNotFound) {
			return n, failed(err, "devhook show "+shortID(one.ID)+" tells what became of it", "%s does not wait for its app", shortID(one.ID))
		} else if err != nil {
			return n, err
		}
		n++
	}
	if len(ids) > 0 {
		return n, nil
	}
	all, err := f.chosen(ctx, db)
	for _, q := range all {
		if err == nil {
			var more int
			more, err = db.CancelAll(ctx, &q.Place)
			n += more
		}
	}
	return n, err
}
