package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"devhook/cmd/devhook/config"
	"devhook/inspector/export"
	"devhook/store"
	"devhook/web"
)

func requestsCommand(c *cli) *cobra.Command {
	var f filterFlags
	cmd := &cobra.Command{
		Use:   "requests",
		Short: "List recorded requests, newest first",
		Long: `List recorded requests, newest first.

An ID may be shortened to any unique beginning or end; the six last letters are
shown. A request counts as failed while its sender has no answer that it takes
for a success: see devhook resend.`,
		Example: `  devhook requests --failed --since 1h
  devhook requests --verdict invalid --json | jq .reason`,
		Args: exactly(0, ""),
	}
	f.add(cmd.Flags())
	settings := newSettingFlags(cmd.Flags())
	settings.storage()
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		cfg, err := c.load(settings, false, "db")
		if err != nil {
			return err
		}
		filter, err := f.filter(c.known, time.Now())
		if err != nil {
			return err
		}
		return c.requests(cmd.Context(), cfg, filter)
	}
	return cmd
}

func (c *cli) requests(ctx context.Context, cfg *config.Config, filter store.Filter) (err error) {
	db, err := c.openRecorded(ctx, cfg)
	if err != nil {
		return err
	}
	if db == nil {
		c.term.tell("nothing is recorded yet\nhint: start devhook up and send a webhook, or try devhook demo")
		return nil
	}
	defer closing(db, &err)
	captures, err := db.List(ctx, filter)
	if err != nil {
		return err
	}
	if c.json {
		for _, one := range captures {
			if err := c.term.object(web.CaptureJSON(one, masks(c.known))); err != nil {
				return err
			}
		}
		return nil
	}
	if len(captures) == 0 {
		c.term.tell("no request fits")
		return nil
	}
	return c.term.requestTable(captures, masks(c.known), time.Now())
}

// requestTable is the list and, below it, what the marks in it mean.
func (t *term) requestTable(captures []*store.Capture, mask *export.Mask, now time.Time) error {
	clock := "15:04:05"
	rows := make([][]string, len(captures))
	for _, one := range captures {
		if !sameDay(one.ReceivedAt, now) {
			clock = "01-02 15:04:05"
		}
	}
	for i, one := range captures {
		rows[i] = requestRow(one, mask, clock)
	}
	columns := []column{
		{head: "ID"},
		{head: "TIME"},
		{head: "VERDICT", colour: verdictColour},
		{head: "METHOD", limit: 8, least: 8, shorten: end},
		{head: "PATH", limit: 40, least: 12, shorten: middle},
		{head: "SENDER", spare: 2},
		{head: "EVENT", limit: 28, least: 8, shorten: end},
		{head: "ANSWER"},
		{head: "MS", right: true, spare: 1},
	}
	if err := t.table(columns, rows); err != nil {
		return err
	}
	return t.legend(captures)
}

func requestRow(c *store.Capture, mask *export.Mask, clock string) []string {
	answer, took := answerCell(c)
	method, target := c.Method, mask.Target(c.Target)
	if method == "" {
		method = "-"
	}
	if target == "" {
		target = "-"
	}
	return []string{
		shortID(c.ID), c.ReceivedAt.Local().Format(clock), string(c.Verdict), quote(method), quote(target),
		orDash(c.Provider), orDash(c.Event), answer, took,
	}
}

// answerCell is the last answer with its marks, and the milliseconds it took.
func answerCell(c *store.Capture) (answer, took string) {
	switch {
	case c.Last != nil && c.Last.Status != 0:
		answer = fmt.Sprint(c.Last.Status)
	case c.Last != nil && c.Last.Error == store.OutcomeUnknown:
		answer = "unknown"
	case c.Last != nil:
		answer = "none"
	case c.State != store.Complete:
		answer = string(c.State)
	case c.Delivering:
		answer = "waits"
	case c.Instance == store.Imported:
		answer = "imported"
	default:
		answer = "-"
	}
	if c.Last != nil {
		took = fmt.Sprint(c.Last.Duration.Milliseconds())
	}
	if c.Failed {
		answer += " !"
	}
	if n := replays(c); n > 0 {
		answer += fmt.Sprintf(" r%d", n)
	}
	return answer, took
}

// replays is how often a capture was sent again. Only what the app was to get
// has a live delivery, at most one.
func replays(c *store.Capture) int {
	if c.Last == nil || c.Last.Kind != store.Replay {
		return 0
	}
	if c.State != store.Complete {
		return c.DeliveriesCount
	}
	return max(1, c.DeliveriesCount-1)
}

// legend explains the marks that occur, and only those.
func (t *term) legend(captures []*store.Capture) error {
	failures, replayed := 0, 0
	for _, one := range captures {
		if one.Failed {
			failures++
		}
		if replayed == 0 {
			replayed = replays(one)
		}
	}
	var parts []string
	if failures > 0 {
		parts = append(parts, fmt.Sprintf("!  counted as failed (%d)", failures))
	}
	if replayed > 0 {
		parts = append(parts, fmt.Sprintf("r%d  replayed %s, last answer shown", replayed, times(replayed)))
	}
	if len(parts) == 0 {
		return nil
	}
	return t.line("\n%s", strings.Join(parts, "    "))
}

func times(n int) string {
	switch n {
	case 1:
		return "once"
	case 2:
		return "twice"
	}
	return fmt.Sprintf("%d times", n)
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return quote(text)
}

func sameDay(a, b time.Time) bool {
	return a.Local().Format(time.DateOnly) == b.Local().Format(time.DateOnly)
}
