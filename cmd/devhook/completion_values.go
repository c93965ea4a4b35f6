package main

import (
	"context"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"devhook/cmd/devhook/config"
	"devhook/inspector/provider"
	"devhook/store"
)

// What a shell asks while somebody types is answered from the database and from
// what is known of the senders. A fault is silent there: nothing is offered.
// What came from outside is offered in descriptions only, quoted, or where it is
// made of letters, digits and dashes: shells read words as code.

// completions teaches every command its arguments and its flags' values.
func (c *cli) completions(root *cobra.Command) {
	for name, args := range map[string]cobra.CompletionFunc{
		"show": c.oneID, "verify": c.oneID, "replay": c.anyID, "export": c.anyID,
		"send": c.sampleWords, "providers": c.onlyProvider, "hooks": c.onlyProvider,
		"requests": nothing, "tail": nothing, "wait": nothing, "resend": nothing, "doctor": nothing, "demo": nothing, "key": nothing, "up": nothing,
	} {
		if cmd, _, err := root.Find([]string{name}); err == nil && cmd != root && cmd.ValidArgsFunction == nil {
			cmd.ValidArgsFunction = args
		}
	}
	c.eachFlag(root, map[string]cobra.CompletionFunc{
		"provider": c.providerWords, "register": c.providerWords, "verify": c.providerWords,
		"verdict": fixed("valid", "invalid", "missing", "unchecked"),
		"status":  fixed("2xx", "3xx", "4xx", "5xx", "none"),
		"method":  fixed("GET", "POST", "PUT", "PATCH", "DELETE"),
		"since":   fixed("10m", "1h", "1d", "7d"),
		"port":    fixed("8080", "8000", "8443", "80", "443"),
		"as":      fixed(exportForms...),
		"bad":     fixed(badSecret, badTampered, badStale, badMissing),
		"event":   c.eventWords,
		"header":  c.headerLines, "drop-header": c.headerNames,
		"inspect": fixed("localhost:4040", config.Off),
	})
}

// eachFlag gives the flags of a command and of those below it their functions.
func (c *cli) eachFlag(cmd *cobra.Command, known map[string]cobra.CompletionFunc) {
	for name, values := range known {
		if cmd.LocalFlags().Lookup(name) != nil {
			_ = cmd.RegisterFlagCompletionFunc(name, values) // fails for one that has its own
		}
	}
	for _, sub := range cmd.Commands() {
		c.eachFlag(sub, known)
	}
}

func nothing(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveNoFileComp
}

func fixed(words ...string) cobra.CompletionFunc {
	return cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp|cobra.ShellCompDirectiveKeepOrder)
}

// shownIDs is how many of the newest requests are offered.
const shownIDs = 20

func (c *cli) oneID(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nothing(cmd, args, typed)
	}
	return c.anyID(cmd, args, typed)
}

func (c *cli) anyID(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	var offered []string
	c.recorded(cmd, func(ctx context.Context, db *store.DB) {
		captures, err := db.List(ctx, store.Filter{Limit: shownIDs})
		if err != nil {
			return
		}
		mask := masks(c.known)
		for _, one := range captures {
			id := shortID(one.ID)
			if slices.Contains(args, id) {
				continue
			}
			parts := (&term{}).arrived(one, mask)
			offered = append(offered, cobra.CompletionWithDesc(id, one.ReceivedAt.Local().Format("15:04:05")+" "+strings.Join(parts, "  ")))
		}
	})
	if len(args) == 0 && len(offered) > 0 {
		offered = append(offered, cobra.CompletionWithDesc("latest", "the newest one"))
	}
	return offered, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
}

// typing is how long somebody who types waits for what is offered.
const typing = time.Second

// recorded opens the database that the command line names, if it is there and of this schema: it is brought up to date by
// commands that somebody gives.
func (c *cli) recorded(cmd *cobra.Command, look func(context.Context, *store.DB)) {
	ctx := cmd.Context()
	if ctx == nil {
		ctx = context.Background()
	}
	cfg, err := c.typedConfig(cmd, "db")
	if err != nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, typing)
	defer cancel()
	if !store.Current(ctx, cfg.DB) {
		return
	}
	quiet := *c
	quiet.term = newTerm(io.Discard, io.Discard, nil)
	db, err := quiet.openRecorded(ctx, cfg)
	if err != nil || db == nil {
		return
	}
	defer db.Close()
	look(ctx, db)
}

// typedConfig reads the settings as far as they stand on the command line.
func (c *cli) typedConfig(cmd *cobra.Command, uses ...string) (*config.Config, error) {
	settings := newSettingFlags(nil)
	for _, word := range []string{"db", "config"} {
		if f := cmd.Flags().Lookup(word); f != nil {
			if s, ok := f.Value.(*setting); ok {
				settings.values[word] = s
			}
		}
	}
	return c.load(settings, false, uses...)
}

// senders are all that are known, with those of the file.
func (c *cli) senders(cmd *cobra.Command) provider.List {
	_, _ = c.typedConfig(cmd, "config") // a fault in the file leaves those of devhook
	return c.known
}

func (c *cli) onlyProvider(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nothing(cmd, args, typed)
	}
	return c.providerWords(cmd, args, typed)
}

func (c *cli) providerWords(cmd *cobra.Command, _ []string, _ string) (words []string, _ cobra.ShellCompDirective) {
	for _, p := range c.senders(cmd) {
		words = append(words, cobra.CompletionWithDesc(p.Name, quote(p.Title)))
	}
	return words, cobra.ShellCompDirectiveNoFileComp
}

// sampleWords are the senders, and behind a dot the events of one.
func (c *cli) sampleWords(cmd *cobra.Command, args []string, typed string) (words []string, _ cobra.ShellCompDirective) {
	name, _, dotted := strings.Cut(typed, ".")
	if len(args) > 0 || !dotted {
		return c.onlyProvider(cmd, args, typed)
	}
	if p, ok := c.senders(cmd).ByName(name); ok {
		for _, event := range sampleNames(p) {
			words = append(words, name+"."+event)
		}
	}
	return words, cobra.ShellCompDirectiveNoFileComp
}

// eventWords are the events of the sender that --provider names, or of all.
func (c *cli) eventWords(cmd *cobra.Command, _ []string, _ string) (words []string, _ cobra.ShellCompDirective) {
	only := ""
	if f := cmd.Flags().Lookup("provider"); f != nil {
		only = f.Value.String()
	}
	for _, p := range c.senders(cmd) {
		if only == "" || p.Name == only {
			words = append(words, sampleNames(p)...)
		}
	}
	slices.Sort(words)
	return slices.Compact(words), cobra.ShellCompDirectiveNoFileComp
}

var usualHeaders = []string{"Accept", "Authorization", "Content-Type", "User-Agent", "X-Forwarded-For", "X-Request-Id"}

// headerNames are those of the requests that stand on the line, or usual ones.
func (c *cli) headerNames(cmd *cobra.Command, args []string, _ string) (names []string, _ cobra.ShellCompDirective) {
	c.recorded(cmd, func(ctx context.Context, db *store.DB) {
		for _, ref := range args {
			capture, err := find(ctx, db, ref)
			if err != nil {
				return
			}
			for _, line := range headLines(capture.Head) {
				if name, _, ok := strings.Cut(line, ":"); ok && tameName.MatchString(name) {
					names = append(names, name)
				}
			}
		}
	})
	if len(names) == 0 {
		names = slices.Clone(usualHeaders)
	}
	slices.Sort(names)
	return slices.Compact(names), cobra.ShellCompDirectiveNoFileComp
}

var tameName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]*$`)

func (c *cli) headerLines(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	names, directive := c.headerNames(cmd, args, typed)
	for i := range names {
		names[i] += ":"
	}
	return names, directive | cobra.ShellCompDirectiveNoSpace
}
