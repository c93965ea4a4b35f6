package main

import (
	"context"
	"fmt"
	"net"
	"strings"

	"github.com/spf13/cobra"

	"devhook/cmd/devhook/config"
	"devhook/store"
)

func doctorCommand(c *cli) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "doctor [PORT]",
		Short: "Say what is wrong and what to do",
		Long: `Look at all that devhook up needs, with the same settings, and say what is wrong
and what to do: the settings, the app, the database, the inspector's address,
the public port or the relay with its host key, login and address, the way that
a request takes, names, certificates and the clock.

It changes nothing. It takes a public address that nobody has, sends one request
through it and gives it back; whoever calls it meanwhile gets 503. A devhook up
that runs keeps its own. The app is connected to, but sent nothing.

It exits with 1 if anything failed. A note is no failure.`,
		Example: `  devhook doctor 3000
  devhook doctor 3000 --relay ssh://you@vps.example.com`,
		Args: atMostOne("app"),
	}
	settings := upSettings(cmd)
	cmd.Flags().Lookup("accept-new-host-key").Usage = "go on with a host key that is not known yet; it is not written down"
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := takeApp(settings, args); err != nil {
			return err
		}
		d := &doctor{c: c, resolver: net.DefaultResolver}
		return d.examine(cmd.Context(), settings)
	}
	return cmd
}

// doctor looks at what devhook up needs. Each check is one file, and says what
// it found as soon as it has.
type doctor struct {
	c        *cli
	cfg      *config.Config // of the tunnel that is looked at, where there are several
	tunnel   string         // what that is called; "" where there is one
	resolver *net.Resolver
	running  []store.Instance // the ups that use our database now

	checks, failed int
	err            error // of stdout
}

// examine runs the checks in the order in which devhook up would meet what is wrong.
func (d *doctor) examine(ctx context.Context, settings *settingFlags) error {
	if d.settings(settings) {
		for _, look := range []func(context.Context){d.files, d.each(d.app), d.database, d.inspector, d.each(d.way)} {
			if look(ctx); ctx.Err() != nil {
				return ctx.Err()
			}
		}
	}
	switch {
	case d.err != nil:
		return d.err
	case d.failed == 1:
		return failed(nil, "do what its hint says, and look again", "1 of %s failed", count(d.checks, "check", "checks"))
	case d.failed > 1:
		return failed(nil, "begin with the first, the others may come of it, and look again", "%d of %s failed", d.failed, count(d.checks, "check", "checks"))
	}
	return nil
}

// each looks at one tunnel after the other.
func (d *doctor) each(look func(context.Context)) func(context.Context) {
	return func(ctx context.Context) {
		all := d.cfg
		defer func() { d.cfg, d.tunnel = all, "" }()
		for _, d.cfg = range all.All() {
			if d.tunnel = d.cfg.Tunnel; ctx.Err() == nil {
				look(ctx)
			}
		}
	}
}

// A finding is what one check says.
type finding struct {
	Check  string `json:"check"`
	Tunnel string `json:"tunnel,omitempty"`
	State  string `json:"state"`
	Text   string `json:"text"`
	Hint   string `json:"hint"`

	facts []string // lines below the text
	block []string // what the hint asks to copy
}

// The states of a finding, and how people read them.
const (
	fine    = "ok"
	noted   = "note"
	broken  = "failed"
	skipped = "skipped"
)

func (t *term) state(s string) string {
	switch s {
	case fine:
		return t.paint(green, "ok  ")
	case noted:
		return t.paint(yellow, "note")
	case broken:
		return t.paint(red, "FAIL")
	}
	return t.paint(dim, "skip")
}

func (d *doctor) ok(check, format string, args ...any) {
	d.say(finding{Check: check, State: fine, Text: fmt.Sprintf(format, args...)})
}

// note tells of what is no fault, but may not be as it was meant.
func (d *doctor) note(check, hint, format string, args ...any) {
	d.say(finding{Check: check, State: noted, Text: fmt.Sprintf(format, args...), Hint: hint})
}

// skip says why something was not looked at.
func (d *doctor) skip(check, format string, args ...any) {
	d.say(finding{Check: check, State: skipped, Text: fmt.Sprintf(format, args...)})
}

// fail tells of an error as the command that meets it would.
func (d *doctor) fail(check string, err error) { d.tell(check, broken, explained(err)) }

func (d *doctor) tell(check, state string, f *failure) {
	d.say(finding{Check: check, State: state, Text: f.text, Hint: f.hint, facts: f.lines, block: f.block})
}

// columns before the text of a finding
const behindCheck = len("FAIL  certificate  ")

func (d *doctor) say(f finding) {
	if f.State != skipped {
		d.checks++
	}
	if f.State == broken {
		d.failed++
	}
	f.Tunnel = d.tunnel
	if d.c.json {
		for _, fact := range f.facts {
			f.Text += "; " + quote(strings.Join(strings.Fields(fact), " "))
		}
		f.Hint += indented(f.block)
		d.wrote(d.c.term.object(f))
		return
	}
	text := quote(f.Text)
	if f.Tunnel != "" {
		text = quote(f.Tunnel) + ": " + text
	}
	d.wrote(d.c.term.told(behindCheck, "%s  %-11s  %s", d.c.term.state(f.State), f.Check, text))
	if len(f.facts) > 0 {
		d.wrote(d.c.term.line("%s", strings.TrimPrefix(indented(f.facts), "\n")))
	}
	if f.Hint != "" {
		d.wrote(d.c.term.told(len("hint: "), "hint: %s", quote(f.Hint)))
	}
	if len(f.block) > 0 {
		d.wrote(d.c.term.line("%s", strings.TrimPrefix(indented(f.block), "\n")))
	}
}

func (d *doctor) wrote(err error) {
	if d.err == nil {
		d.err = err
	}
}
