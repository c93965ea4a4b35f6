package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"devhook/cmd/devhook/config"
	"devhook/inspector/provider"
)

// sendFlags say what is sent, where to, and how.
type sendFlags struct {
	to, secret, bad string
	set             []string
	count           int
	list            bool
}

func sendCommand(c *cli) *cobra.Command {
	var f sendFlags
	cmd := &cobra.Command{
		Use:   "send PROVIDER[.EVENT]",
		Short: "Send a sample event as its sender would, correctly signed",
		Long: `Send a sample event as its sender would, correctly signed at this moment, and
say what the sender would make of the answer. It goes to the public address of
the devhook up that runs here, at the path that devhook.yaml has for the sender,
signed with the secret from there; --to and --secret name others.

Every event has an id of its own; --set id=X sends one that was sent before.
--set to_number=+15005550013 with telerivet.send_status brings what Telerivet's
test number stands for. --bad breaks the proof: the app should refuse it.

It exits 1 unless the sender would count every answer as success.`,
		Example: `  devhook send stripe.payment_intent.succeeded --set data.object.amount=950
  devhook send slack --to localhost:3000/slack --secret env:S --bad stale`,
		Args: atMostOne("event"),
	}
	set := cmd.Flags()
	set.StringVar(&f.to, "to", "", "`URL` to send it to (default the devhook up that runs here)")
	set.StringVar(&f.secret, "secret", "", "`REF` of what signs it: env:NAME, file:PATH or keyring:NAME")
	set.StringArrayVar(&f.set, "set", nil, "`KEY=VALUE` of a field, repeatable: a form's name, a path in JSON (a.b.0),\nh:NAME for a header, q:NAME for the query, id for the event's id")
	set.IntVar(&f.count, "count", 1, "send `N` of them")
	set.StringVar(&f.bad, "bad", "", "break the proof: `HOW` is wrong-secret, tampered, stale or missing")
	set.BoolVar(&f.list, "list", false, "only list the events there are")
	settings := newSettingFlags(set)
	settings.storage()
	settings.text("verify", "SPEC", verifyHelp)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if _, err := c.load(settings, false, "config"); err != nil { // the file may define senders
			return err
		}
		if f.list {
			return c.listSamples(args)
		}
		if len(args) == 0 {
			return usage("devhook send --list names them", "send wants an event")
		}
		p, sample, err := findSample(c.known, args[0])
		if err != nil {
			return err
		}
		if f.count < 1 || f.count > 10_000 {
			return usage("write a number from 1 to 10000", "--count %d can't be sent", f.count)
		}
		return c.send(cmd.Context(), settings, &f, p, sample)
	}
	return cmd
}

// findSample finds PROVIDER[.EVENT]; without an event it is the sender's first.
func findSample(known provider.List, name string) (*provider.Provider, provider.Sample, error) {
	who, event, named := strings.Cut(name, ".")
	if err := knownProvider(known, who); err != nil {
		return nil, provider.Sample{}, err
	}
	p, ok := known.ByName(who)
	if !ok || p.Samples == nil || len(p.Samples()) == 0 {
		return nil, provider.Sample{}, usage("devhook send --list names what can be sent", "no sample of %q is known", who)
	}
	for _, s := range p.Samples() {
		if !named || s.Event == event {
			return p, s, nil
		}
	}
	return nil, provider.Sample{}, usage("known are "+strings.Join(sampleNames(p), ", "), "%s has no sample event %q", who, event)
}

// listSamples lists what can be sent, of all senders or of one.
func (c *cli) listSamples(args []string) error {
	all := c.known
	if len(args) > 0 {
		who, _, _ := strings.Cut(args[0], ".")
		if err := knownProvider(c.known, who); err != nil {
			return err
		}
		p, _ := all.ByName(who)
		all = provider.List{p}
	}
	for _, p := range all {
		for _, event := range sampleNames(p) {
			if err := c.listSample(p, event); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *cli) listSample(p *provider.Provider, event string) error {
	if c.json {
		return c.term.object(map[string]any{"name": p.Name + "." + event, "provider": p.Name, "event": event, "signed": p.Sign != nil})
	}
	return c.term.line("%s.%s", p.Name, quote(event))
}

func (c *cli) send(ctx context.Context, settings *settingFlags, f *sendFlags, p *provider.Provider, sample provider.Sample) error {
	src := c.sources(settings, "verify", "db", "local")
	src.Only, src.NoSecrets = p.Name, f.secret != "" || f.bad == badMissing || f.bad == badSecret
	cfg, err := config.Load(src)
	if err != nil {
		return err
	}
	if cfg.Local == "" {
		cfg = cfg.Of(p.Name)
	}
	s := &sending{c: c, p: p, bad: f.bad, named: f.to != ""}
	if s.to, err = c.sendTo(ctx, cfg, f.to, p); err != nil {
		return err
	}
	if err := s.signWith(cfg, f.secret); err != nil {
		return err
	}
	if f.to != "" && f.secret == "" && s.discloses(ctx, cfg) {
		return usage("write --secret REF too if that address may know it", "%s sends the secret itself, and it would go to %s", p.Title, s.to.Host)
	}
	for range f.count {
		requests, err := s.compose(sample, f.set, time.Now())
		if err != nil {
			return err
		}
		for _, q := range requests {
			if err := s.one(ctx, q); err != nil {
				return err
			}
		}
	}
	return s.verdict()
}

// verdict is the error of the whole.
func (s *sending) verdict() error {
	if s.failed == 0 {
		return nil
	}
	hint := "devhook show latest has request and answer"
	switch {
	case s.named && s.mute == s.failed:
		hint = "see that something listens at " + s.to.Host
	case s.named: // it may not have gone through a devhook up
		hint = "the app's own log may say why; sent without --to, devhook show latest has request and answer"
	}
	if s.sent == 1 {
		return failed(nil, hint, "%s", s.last)
	}
	return failed(nil, hint, "%s would count %d of %d as failed", s.p.Title, s.failed, s.sent)
}

// sentObject is one request that was sent, in JSON.
type sentObject struct {
	Provider  string   `json:"provider"`
	Event     string   `json:"event"`
	EventID   string   `json:"event_id"`
	URL       string   `json:"url"`
	Bad       string   `json:"bad,omitempty"`
	Status    int      `json:"status"`
	Duration  float64  `json:"duration_ms"`
	Error     *string  `json:"error"`
	Accepted  bool     `json:"accepted"`
	Judgement string   `json:"judgement"`
	Next      string   `json:"next"`
	Notes     []string `json:"notes"`
}

func (s *sending) tell(q *provider.Request, a provider.Answer, j provider.Judgement) error {
	e := s.p.Describe(q)
	if s.c.json {
		o := sentObject{
			Provider: s.p.Name, Event: e.Name, EventID: e.ID, URL: masks(s.c.known).Target(q.URL), Bad: s.bad, Status: a.Status,
			Duration: float64(a.Took.Microseconds()) / 1e3, Accepted: j.Accepted, Judgement: j.Text, Next: j.Next, Notes: j.Notes,
		}
		if a.Err != "" {
			o.Error = &a.Err
		}
		if o.Notes == nil {
			o.Notes = []string{}
		}
		return s.c.term.object(o)
	}
	status := "none"
	if a.Status != 0 {
		status = fmt.Sprint(a.Status)
	}
	line := []string{status, millis(a.Took), strings.TrimSpace(quote(s.p.Name + " " + e.Name + " " + e.ID)), s.opinion(a, j)}
	if err := s.c.term.told(8, "%s", strings.Join(line, "  ")); err != nil {
		return err
	}
	for _, note := range j.Notes {
		s.c.term.tell("note: %s", quote(note))
	}
	return nil
}

// opinion is what the sender would make of an answer.
func (s *sending) opinion(a provider.Answer, j provider.Judgement) string {
	if j.Accepted {
		return s.p.Title + " would count this as success"
	}
	why := j.Text
	if a.Err != "" {
		why = a.Err
	}
	text := s.p.Title + " would count this as failed: " + quote(why)
	if j.Next != "" {
		text += "; " + j.Next
	}
	return text
}
