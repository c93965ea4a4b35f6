package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"devhook/cmd/devhook/config"
	"devhook/inspector/provider"
)

// cli is what every command has at hand.
type cli struct {
	stdin io.Reader
	env   []string
	term  *term
	json  bool              // --json
	known provider.List     // all senders: devhook's own, and behind them those that the file defines
	pipes map[string]string // secrets that pipes brought, by path: settings that are read anew find nothing there
	files []string          // that the settings were read from
}

func newRoot(c *cli) *cobra.Command {
	root := &cobra.Command{
		Use:   "devhook",
		Short: "A public address for a port of yours, with every webhook recorded",
		Long: `devhook gives a port of this machine a public address, records every webhook
that arrives there before your app sees it, says whether its signature is right
and why not, and sends it again: one, edited, re-signed, or all that failed.

Settings are read from flags, from DEVHOOK_ variables (DEVHOOK_PUBLIC_URL for
--public-url) and from ./devhook.yaml (public_url:), in this order.`,
		Example: `  devhook demo                 # see it work, nothing needed
  devhook up 3000              # a public address for http://localhost:3000`,
		Args:          knownCommand,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetHelpCommand(helpCommand())
	root.Version = version()
	root.SetVersionTemplate(versionTemplate)
	help := root.HelpFunc()
	root.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		if c.json { // help is people's text
			cmd.SetOut(cmd.ErrOrStderr())
		}
		help(cmd, args)
	})
	root.SetFlagErrorFunc(flagFault)
	root.SetUsageTemplate(strings.ReplaceAll(root.UsageTemplate(), ".FlagUsages", ".FlagUsagesWrapped 80"))
	root.PersistentFlags().BoolVar(&c.json, "json", false, "print JSON to stdout, one object a line")
	root.AddCommand(
		upCommand(c), demoCommand(c), relayCommand(c), doctorCommand(c),
		requestsCommand(c), showCommand(c), tailCommand(c), waitCommand(c),
		replayCommand(c), resendCommand(c), queueCommand(c), keyCommand(c),
		providersCommand(c), verifyCommand(c), sendCommand(c), hooksCommand(c),
		exportCommand(c), importCommand(c), mcpCommand(c), completionCommand(c), versionCommand(c),
	)
	c.completions(root)
	return root
}

// versionTemplate is what --version prints. cobra does it before a command is asked.
const versionTemplate = `{{if eq (.Flag "json").Value.String "true"}}{"version":"{{.Version}}"}{{else}}devhook {{.Version}}{{end}}
`

// knownCommand refuses what is no command: cobra comes here only then.
func knownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, sub := range cmd.Commands() {
		if !sub.Hidden {
			names = append(names, sub.Name())
		}
	}
	hint := "known are " + strings.Join(names, ", ")
	if near := config.Closest(args[0], names); near != "" {
		hint = "did you mean devhook " + near + "?"
	}
	return usage(hint, "no command is called %q", args[0])
}

// helpCommand is cobra's, with examples and devhook's words for a mistake.
func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Explain a command, as its --help does",
		Example: `  devhook help up
  devhook help requests`,
		RunE: func(cmd *cobra.Command, args []string) error {
			found, rest, err := cmd.Root().Find(args)
			if err != nil {
				return err
			}
			if len(rest) > 0 {
				return knownCommand(found, rest)
			}
			return found.Help()
		},
	}
}

// exactly is cobra's ExactArgs in devhook's words.
func exactly(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < n:
			return usage("see "+cmd.CommandPath()+" --help", "%s wants %s", cmd.Name(), what)
		case len(args) > n:
			return usage("see "+cmd.CommandPath()+" --help", "%s takes no %q", cmd.Name(), args[n])
		}
		return nil
	}
}

// atMostOne takes an argument of the kind that what names, or none.
func atMostOne(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > 1 {
			return usage("see "+cmd.CommandPath()+" --help", "%s takes one %s, this is one too many: %q", cmd.Name(), what, args[1])
		}
		return nil
	}
}

// load reads the settings a command uses; need says that an app must be named.
func (c *cli) load(f *settingFlags, need bool, uses ...string) (*config.Config, error) {
	src := c.sources(f, uses...)
	src.NeedLocal = need
	return config.Load(src)
}

func (c *cli) sources(f *settingFlags, uses ...string) config.Sources {
	c.known = provider.All() // define adds what the file has
	return config.Sources{
		Flags: f.given(), Env: c.env, Providers: providerNames(c.known), Eventless: eventless(c.known), Registers: hookSenders(),
		Define: c.define, Uses: uses, Pipes: c.pipes, Opened: func(path string) { c.files = append(c.files, path) },
	}
}

func providerNames(known provider.List) []string {
	var names []string
	for _, p := range known {
		names = append(names, p.Name)
	}
	slices.Sort(names)
	return names
}

// eventless names those whose events can't be told.
func eventless(known provider.List) (names []string) {
	for _, p := range known {
		if p.Event == nil {
			names = append(names, p.Name)
		}
	}
	return names
}

// knownProvider checks a --provider filter; "" is no filter.
func knownProvider(known provider.List, name string) error {
	names := providerNames(known)
	if name == "" || slices.Contains(names, name) {
		return nil
	}
	hint := "devhook providers lists them"
	if near := config.Closest(name, names); near != "" {
		hint = "did you mean " + near + "?"
	}
	return usage(hint, "no provider is called %q", name)
}

// count is a number with its noun: "1 delivery", "3 deliveries".
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
