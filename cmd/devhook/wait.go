package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"

	"devhook/cmd/devhook/config"
	"devhook/store"
	"devhook/web"
)

// waitFlags say what is waited for.
type waitFlags struct {
	filterFlags
	event   string
	count   int
	timeout time.Duration
}

func waitCommand(c *cli) *cobra.Command {
	f := waitFlags{}
	cmd := &cobra.Command{
		Use:   "wait",
		Short: "Wait until a matching webhook came; exit 3 if none does in time",
		Long: `Wait until a matching webhook came, and print it as devhook tail does: made for
scripts and CI, beside a devhook up that uses the same database. The database
need not be there yet. With --status it waits for the app's answer too.

What came before wait started counts only with --since. Exit code 3 says that
the time is over; what did come meanwhile is told, and why it did not match.`,
		Example: `  devhook wait --provider stripe --event 'invoice.*' --timeout 2m
  devhook wait --verdict valid --status 2xx --since 5m --count 3 --json`,
		Args: exactly(0, ""),
	}
	set := cmd.Flags()
	set.StringVar(&f.provider, "provider", "", "only from this `PROVIDER`")
	set.StringVar(&f.event, "event", "", "only this `EVENT`; * stands for any letters")
	set.StringVar(&f.path, "path", "", "only paths that begin with `PREFIX`")
	set.StringVar(&f.verdict, "verdict", "", "only this `VERDICT`: valid, invalid, missing or unchecked")
	set.StringVar(&f.status, "status", "", "only with this answer of the app: `STATUS` 204, 2xx or none")
	set.StringVar(&f.since, "since", "", "also what came since `T`: 1h, 2d or 2026-11-21T22:10:00Z\n(default the moment it starts)")
	set.IntVar(&f.count, "count", 1, "until `N` of them came")
	set.DurationVar(&f.timeout, "timeout", 30*time.Second, "how long, 0 for ever")
	settings := newSettingFlags(set)
	settings.storage()
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		cfg, err := c.load(settings, false, "db")
		if err != nil {
			return err
		}
		wanted, err := f.wanted(c, time.Now())
		if err != nil {
			return err
		}
		return c.wait(cmd.Context(), cfg, wanted, f.timeout)
	}
	return cmd
}

func (f *waitFlags) wanted(c *cli, now time.Time) (*awaited, error) {
	filter, err := f.filter(c.known, now)
	switch {
	case err != nil:
		return nil, err
	case f.count < 1:
		return nil, usage("write 1 or more", "--count %d waits for nothing", f.count)
	case f.timeout < 0:
		return nil, usage("write 30s or 5m; 0 waits for ever", "--timeout %s is over already", f.timeout)
	}
	return &awaited{
		filter: filter, asked: f.event, count: f.count,
		mask: masks(c.known), came: map[string]*store.Capture{}, told: map[string]bool{},
	}, nil
}

func (c *cli) wait(ctx context.Context, cfg *config.Config, w *awaited, timeout time.Duration) (err error) {
	late, cancel := ctx, context.CancelFunc(func() {})
	if timeout > 0 {
		late, cancel = context.WithTimeout(ctx, timeout)
	}
	defer cancel()
	made, err := awaitFile(late, cfg.DB, func() { c.term.tell("waiting for the database %s", quote(cfg.DB)) })
	if err != nil {
		return w.over(ctx, cfg, nil, timeout)
	}
	// What is there already is looked at however little time is left.
	db, err := c.openStore(ctx, store.Options{Path: cfg.DB})
	if err != nil {
		return err
	}
	defer closing(db, &err)
	// Watching begins before the list is read, so that nothing falls in between. That takes the time it takes, too.
	watching, stop := context.WithCancel(ctx)
	defer stop()
	changes, err := db.Watch(watching, store.Position{})
	if err != nil {
		return err
	}
	defer context.AfterFunc(late, stop)()
	c.term.tell("waiting for webhooks in %s", quote(db.Path()))
	if made || !w.filter.Since.IsZero() {
		if done, err := c.lookBack(ctx, db, w); done || err != nil {
			return err
		}
	}
	if done, err := c.lookOut(changes, w); done || err != nil {
		return err
	}
	return w.over(ctx, cfg, db, timeout)
}

// fileEvery is how soon a new database is seen.
const fileEvery = 50 * time.Millisecond

// awaitFile waits until there is a database; made says that there was none,
// and absent is called then. Waiting makes none: it would only be the wrong one.
func awaitFile(ctx context.Context, path string, absent func()) (made bool, err error) {
	tick := time.NewTicker(fileEvery)
	defer tick.Stop()
	for {
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			return made, nil // whatever else is wrong with it, opening says
		}
		if !made {
			made = true
			absent()
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return made, ctx.Err()
		}
	}
}

// lookBack takes what is there already. done says that all that is wanted came.
func (c *cli) lookBack(ctx context.Context, db *store.DB, w *awaited) (done bool, err error) {
	earlier, err := db.List(ctx, store.Filter{Since: w.filter.Since, OldestFirst: true})
	for _, one := range earlier {
		if done, err := c.look(w, one); done || err != nil {
			return done, err
		}
	}
	return false, err
}

// lookOut takes what comes, until it is all or the changes end.
func (c *cli) lookOut(changes <-chan store.Change, w *awaited) (done bool, err error) {
	for change := range changes {
		// A new answer to what came before wait is no webhook that came.
		if change.Kind == store.ChangeDelivery && w.came[change.Capture.ID] == nil {
			continue
		}
		if done, err := c.look(w, change.Capture); done || err != nil {
			return done, err
		}
	}
	return false, nil
}

// look notes a capture as it stands now and prints it when it matches.
func (c *cli) look(w *awaited, one *store.Capture) (done bool, err error) {
	if !w.note(one) {
		return false, nil
	}
	if c.json {
		err = c.term.object(web.CaptureJSON(one, w.mask))
	} else {
		err = c.term.told(len(stamp)+2, "%s  %s", one.ReceivedAt.Local().Format(stamp), joined(one.ID, w.words(c, one)...))
	}
	return len(w.told) == w.count, err
}
