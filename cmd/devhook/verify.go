package main

import (
	"context"
	"errors"
	"io"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"devhook/cmd/devhook/config"
	"devhook/inspector"
	"devhook/inspector/provider"
	"devhook/store"
)

// verifyFlags say what is checked, and with what.
type verifyFlags struct {
	provider, secret, request string
	url, at, remote           string
	save, all                 bool
	since                     string
}

func verifyCommand(c *cli) *cobra.Command {
	var f verifyFlags
	cmd := &cobra.Command{
		Use:   "verify (ID | --request FILE|-)",
		Short: "Check a secret against a recorded request or a file, offline",
		Long: `Check a secret against a recorded request, or one in a file (raw HTTP, - for
stdin), and say why it fits or not. Nothing is sent anywhere. A recorded request
is judged at the moment it came, one in a file at this moment, or both --at
another. Without --provider and --secret the routes of devhook.yaml count.

It exits 1 unless the verdict is valid. --save keeps the new verdict with the
request, unless nothing could be checked; --save --all judges anew all that was
recorded, with the routes that are set now, and lists what changed. If
devhook.yaml names an app, what came for others stays as it is.`,
		Example: `  devhook verify latest --provider stripe --secret env:STRIPE_SECRET --save
  devhook verify --provider slack --secret env:S --request saved.http`,
		Args: atMostOne("ID"),
	}
	set := cmd.Flags()
	set.StringVar(&f.provider, "provider", "", "the sender's `NAME` (devhook providers lists them)")
	set.StringVar(&f.secret, "secret", "", "`REF` of secret or public key: env:NAME, file:PATH or\nkeyring:NAME; several with commas")
	set.StringVar(&f.request, "request", "", "`FILE` with one raw HTTP request, - for stdin")
	set.StringVar(&f.url, "url", "", "public `URL` it was sent to, where that is signed")
	set.StringVar(&f.at, "at", "", "judge at this moment, in `UNIX` seconds")
	set.StringVar(&f.remote, "remote", "", "the sender's `IP` address")
	set.BoolVar(&f.save, "save", false, "keep the new verdict with the request")
	set.BoolVar(&f.all, "all", false, "with --save: all that was recorded")
	set.StringVar(&f.since, "since", "", "with --all: only since `T`, such as 1h or 2026-11-21")
	settings := newSettingFlags(set)
	settings.storage()
	settings.text("verify", "SPEC", verifyHelp)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := f.check(args); err != nil {
			return err
		}
		return c.verify(cmd.Context(), settings, &f, args)
	}
	return cmd
}

// check refuses flags that say nothing together.
func (f *verifyFlags) check(args []string) error {
	see := "see devhook verify --help"
	switch {
	case f.all && !f.save:
		return usage("devhook verify --save --all", "--all goes with --save")
	case f.since != "" && !f.all:
		return usage("devhook verify --save --all --since 1h", "--since goes with --all")
	case f.all && (len(args) > 0 || f.request != "" || f.url != "" || f.at != "" || f.remote != ""):
		return usage(see, "--all takes everything as it was recorded")
	case f.all:
	case len(args) == 0 && f.request == "":
		return usage("devhook requests lists the IDs; latest is one", "verify wants an ID or --request FILE")
	case len(args) > 0 && f.request != "":
		return usage(see, "an ID and --request exclude each other")
	case f.request != "" && f.save:
		return usage("devhook verify --save ID keeps a verdict", "a file holds no verdict that could be kept")
	}
	if f.secret != "" && f.provider == "" {
		return usage("name it: --provider stripe", "--secret wants a --provider")
	}
	return nil
}

// recheck reads what is to be judged otherwise than recorded.
func (f *verifyFlags) recheck() (r inspector.Recheck, err error) {
	r.URL = f.url
	if f.url != "" && !strings.HasPrefix(f.url, "http://") && !strings.HasPrefix(f.url, "https://") {
		return r, usage("write it whole: --url https://example.com/hooks", "--url %q is neither http nor https", f.url)
	}
	if f.at != "" {
		n, err := strconv.ParseInt(f.at, 10, 64)
		if err != nil || n < 0 {
			return r, usage("write seconds since 1970: --at 1795299300", "--at %q is no moment", f.at)
		}
		r.At = time.Unix(n, 0)
	}
	if f.remote != "" {
		if r.Remote, err = netip.ParseAddr(f.remote); err != nil {
			return r, usage("write an address: --remote 192.0.2.7", "--remote %q is no IP address", f.remote)
		}
	}
	return r, nil
}

func (c *cli) verify(ctx context.Context, settings *settingFlags, f *verifyFlags, args []string) error {
	r, err := f.recheck()
	if err != nil {
		return err
	}
	uses := []string{"verify", "db", "local"}
	if f.provider != "" {
		uses = []string{"db"} // nothing else is asked of a configuration that may need other secrets
	}
	cfg, err := c.load(settings, false, uses...)
	if err != nil {
		return err
	}
	if err := knownProvider(c.known, f.provider); err != nil {
		return err
	}
	with, err := c.verifyRoutes(cfg, f)
	if err != nil {
		return err
	}
	switch {
	case f.request != "":
		return c.verifyFile(ctx, f, with, r)
	case f.all:
		return c.verifyAll(ctx, cfg, f, with)
	}
	return c.verifyOne(ctx, cfg, f, with, args[0], r)
}

// verifyRoutes are the routes to judge by: the one that the flags name, or those of the settings.
func (c *cli) verifyRoutes(cfg *config.Config, f *verifyFlags) ([]inspector.Route, error) {
	if f.provider == "" {
		if len(cfg.Routes) == 0 {
			return nil, usage("devhook verify --provider NAME --secret env:NAME", "no sender is named, and devhook.yaml has no routes")
		}
		return routes(c.known, cfg.Routes), nil
	}
	p, _ := c.known.ByName(f.provider) // its name was checked
	route := inspector.Route{Provider: p}
	if f.secret == "" {
		if p.Sign != nil {
			return nil, usage("--secret env:NAME, or file:PATH", "no secret is named to check %s with", f.provider)
		}
		return []inspector.Route{route}, nil
	}
	secrets, err := config.Secrets("--secret", f.provider, f.secret, c.env)
	for _, s := range secrets {
		route.Secrets = append(route.Secrets, provider.Secret(s))
	}
	return []inspector.Route{route}, err
}

func (c *cli) verifyFile(ctx context.Context, f *verifyFlags, with []inspector.Route, r inspector.Recheck) error {
	raw, err := unlessEnded(ctx, func() ([]byte, error) {
		if f.request == "-" {
			return io.ReadAll(io.LimitReader(c.stdin, maxRequest+1))
		}
		return readFile(f.request)
	})
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return failed(err, "name a readable file: --request FILE", "the request can't be read: %s", reason(err))
	}
	capture, head, body, err := parseRaw(raw)
	if err != nil {
		return err
	}
	if r.At.IsZero() {
		r.At = time.Now()
	}
	in := inspector.New(inspector.Config{Routes: with, Known: c.known})
	return c.judged(in.Look(capture, head, body, false, r), false)
}

// maxRequest bounds a request in a file: the longest body that is verified, and a head.
const maxRequest = 32<<20 + 64<<10

func readFile(name string) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, maxRequest+1))
}

func (c *cli) verifyOne(ctx context.Context, cfg *config.Config, f *verifyFlags, with []inspector.Route, ref string, r inspector.Recheck) (err error) {
	db, err := c.mustRecorded(ctx, cfg)
	if err != nil {
		return err
	}
	defer closing(db, &err)
	capture, err := find(ctx, db, ref)
	if err != nil {
		return err
	}
	in := inspector.New(inspector.Config{Store: db, Routes: with, Known: c.known})
	again, err := in.Recheck(ctx, capture.ID, r)
	if errors.Is(err, inspector.ErrNotWhole) {
		return failed(err, "devhook show "+shortID(capture.ID)+" has what came", "%s is %s, so it can't be checked", shortID(capture.ID), capture.State)
	}
	if err != nil {
		return err
	}
	save := f.save && again.Verdict != store.Unchecked // nothing was found out that an older verdict should go for
	if save {
		if err := db.Conclude(ctx, again); err != nil {
			return err
		}
	}
	return c.judged(again, save)
}

// judged tells a verdict. Any but valid is an exit code of 1, with nothing more to say.
func (c *cli) judged(capture *store.Capture, saved bool) error {
	if err := c.tellVerdict(capture, saved); err != nil {
		return err
	}
	if capture.Verdict != store.Valid {
		return &failure{code: 1}
	}
	return nil
}

func (c *cli) tellVerdict(capture *store.Capture, saved bool) error {
	if c.json {
		return c.term.object(verdictOf(capture, saved))
	}
	var b strings.Builder
	out := page{w: &b, term: c.term}
	out.verdict(capture)
	if capture.Event != "" {
		out.labelled("event", strings.TrimSpace(quote(capture.Event+" "+capture.EventID)))
	}
	if saved {
		out.labelled("saved", "with "+shortID(capture.ID))
	}
	return c.term.write([]byte(strings.TrimPrefix(b.String(), "\n")))
}

// verdictObject is a verdict in JSON.
type verdictObject struct {
	ID       string        `json:"id,omitempty"`
	Verdict  string        `json:"verdict"`
	Reason   string        `json:"reason"`
	Hints    []string      `json:"hints"`
	Checks   []store.Check `json:"checks"`
	Provider string        `json:"provider"`
	Event    string        `json:"event"`
	EventID  string        `json:"event_id"`
	Saved    bool          `json:"saved"`
}

func verdictOf(c *store.Capture, saved bool) verdictObject {
	o := verdictObject{
		ID: c.ID, Verdict: string(c.Verdict), Reason: c.Reason, Hints: c.Hints, Checks: c.Checks,
		Provider: c.Provider, Event: c.Event, EventID: c.EventID, Saved: saved,
	}
	if o.Hints == nil {
		o.Hints = []string{}
	}
	if o.Checks == nil {
		o.Checks = []store.Check{}
	}
	return o
}
