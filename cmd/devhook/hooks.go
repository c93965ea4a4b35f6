package main

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"devhook/cmd/devhook/config"
	"devhook/inspector/hooks"
	"devhook/inspector/provider"
)

// hooksFlags say whom to talk to, as whom, and what a webhook should be.
type hooksFlags struct {
	credential, api string
	url, secret     string
	events          []string
	method, filter  string
	state, project  string
}

// The flags of a webhook, and the actions that they say something to.
var hooksFor = map[string][]string{
	"url": {"add", "update", "rm"}, "event": {"add", "update", "rm"}, "method": {"add", "update", "rm"},
	"secret": {"add", "update"}, "filter": {"add"}, "state": {"update"}, "project": {"add"},
}

var hooksActions = []string{"list", "add", "update", "rm", "test"}

func hooksCommand(c *cli) *cobra.Command {
	var f hooksFlags
	cmd := &cobra.Command{
		Use:   "hooks PROVIDER list|add|update|rm|test [ID]",
		Short: "Tell a sender where to send, through its own API",
		Long: `Tell a sender where its webhooks go, through its own API: seven, zipwhip,
ricloud and telerivet can be talked to. What one of them refuses is told in its
own words.

--credential is an API key (seven, telerivet), a key token (ricloud) or
PHONE:PASSWORD (zipwhip). --secret is Telerivet's secret of the webhook, and for
seven header lines to send along, such as Authorization: Basic …

ricloud makes a secret itself: it is kept in a file that only you can read, for
--verify. Add a webhook of ricloud's while devhook is up, it is tested at once.
Its rm deactivates, since it has no removal. rm with --url and --event in place
of an ID is for seven alone.`,
		Example: `  devhook hooks seven list --credential env:SEVEN_KEY
  devhook hooks seven add --url https://me.dev/x --event dlr --credential env:K`,
		Args: hooksArgs,
	}
	set := cmd.Flags()
	set.StringVar(&f.credential, "credential", "", "`REF` of what the API asks for: env:NAME, file:PATH\nor keyring:NAME")
	set.StringVar(&f.api, "api", "", "base `URL` of the API (default the sender's own)")
	set.StringVar(&f.url, "url", "", "public `URL` that the events go to")
	set.StringSliceVar(&f.events, "event", nil, "`EVENT` to be sent, repeatable")
	set.StringVar(&f.secret, "secret", "", "`REF` of the webhook's secret: env:NAME, file:PATH\nor keyring:NAME")
	set.StringVar(&f.method, "method", "", "`HOW` it is called: POST, GET, JSON (seven), PUT (zipwhip)")
	set.StringVar(&f.filter, "filter", "", "seven: only for this `NUMBER`")
	set.StringVar(&f.state, "state", "", "ricloud: `STATE` new or deactivated")
	set.StringVar(&f.project, "project", "", "Telerivet: the project's `ID`, where there are several")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := hooksFit(cmd, args[1]); err != nil {
			return err
		}
		if cmd.Flags().Changed("secret") && f.secret == "" {
			return usage("name it, or leave --secret out", "the secret is empty")
		}
		h, err := c.hooking(&f, args[0])
		if err != nil {
			return err
		}
		return h.do(cmd.Context(), args[1], args[2:])
	}
	return cmd
}

// hooksArgs takes a sender, an action and, for some, an ID.
func hooksArgs(cmd *cobra.Command, args []string) error {
	see := "see devhook hooks --help"
	switch {
	case len(args) == 0:
		return usage("it can talk to "+strings.Join(hookSenders(), ", "), "hooks wants a sender")
	case len(args) == 1:
		return usage("devhook hooks "+args[0]+" "+strings.Join(hooksActions, "|"), "hooks wants to know what to do")
	case !slices.Contains(hooksActions, args[1]):
		hint := "known are " + strings.Join(hooksActions, ", ")
		if near := config.Closest(args[1], hooksActions); near != "" {
			hint = "did you mean " + near + "?"
		}
		return usage(hint, "hooks can't %q", args[1])
	}
	byWish := args[1] == "rm" && cmd.Flags().Changed("url")
	wanted := 2
	if args[1] != "list" && args[1] != "add" && !byWish {
		wanted = 3
	}
	switch {
	case byWish && len(args) > wanted:
		return usage(see, "rm wants an ID or --url, not both")
	case len(args) > wanted:
		return usage(see, "%s takes no %q", args[1], args[wanted])
	case len(args) < wanted, wanted == 3 && strings.TrimSpace(args[2]) == "":
		return usage("devhook hooks "+args[0]+" list has the IDs", "%s wants the ID of a webhook", args[1])
	}
	return nil
}

// hooksFit refuses flags that say nothing to an action.
func hooksFit(cmd *cobra.Command, action string) error {
	for _, word := range []string{"url", "event", "method", "secret", "filter", "state", "project"} {
		if cmd.Flags().Changed(word) && !slices.Contains(hooksFor[word], action) {
			return usage("it goes with "+strings.Join(hooksFor[word], ", "), "--%s says nothing to %s", word, action)
		}
	}
	return nil
}

func hookSenders() []string {
	var names []string
	for _, s := range hooks.Senders() {
		names = append(names, s.Name)
	}
	return names
}

// hooking is a talk with one sender.
type hooking struct {
	c      *cli
	p      *provider.Provider
	sender hooks.Sender
	client *hooks.Client
	wish   hooks.Wish
}

// hooking resolves what the flags name and calls nobody yet.
func (c *cli) hooking(f *hooksFlags, name string) (*hooking, error) {
	if err := knownProvider(c.known, name); err != nil {
		return nil, err
	}
	sender, ok := hooks.ByName(name)
	if !ok {
		return nil, usage("it can to "+strings.Join(hookSenders(), ", ")+"; to others say where to send on their own pages", "devhook can't talk to the API of %q", name)
	}
	p, _ := c.known.ByName(name) // its name was checked
	h := &hooking{c: c, p: p, sender: sender}
	h.wish = hooks.Wish{URL: f.url, Events: f.events, Method: f.method, Filter: f.filter, State: f.state, Within: f.project}
	if f.secret != "" {
		secrets, err := config.Secrets("--secret", name, f.secret, c.env)
		if err != nil {
			return nil, err
		}
		if len(secrets) > 1 {
			return nil, usage("name one", "a webhook has one secret")
		}
		h.wish.Secret = secrets[0].Value
	}
	var err error
	h.client, err = c.hooksClient(p, sender, f)
	return h, err
}

// hooksClient makes a client of a sender's API.
func (c *cli) hooksClient(p *provider.Provider, sender hooks.Sender, f *hooksFlags) (*hooks.Client, error) {
	if f.credential == "" {
		return nil, usage("--credential env:"+strings.ToUpper(sender.Name)+"_CREDENTIAL: "+sender.Credential, "no credential is named for the API of %s", p.Title)
	}
	secret, err := config.Credential("--credential", sender.Name, f.credential, c.env)
	if err != nil {
		return nil, err
	}
	client, err := hooks.New(hooks.Options{Provider: p, Credential: secret.Value, Base: f.api})
	if err != nil {
		return nil, hooksFault(p, err)
	}
	c.unencrypted(f.api)
	return client, nil
}

// unencrypted warns of an address to which a credential would go in the clear.
func (c *cli) unencrypted(api string) {
	if strings.HasPrefix(strings.ToLower(api), "http://") && !config.Loopback(api) {
		c.term.tell("warning: the credential goes to %s unencrypted\nhint: use https", quote(api))
	}
}

// do does what was asked, and tells what came of it.
func (h *hooking) do(ctx context.Context, action string, ids []string) error {
	var all []hooks.Hook
	var one hooks.Hook
	var err error
	switch {
	case action == "list":
		all, err = h.client.List(ctx)
	case action == "add":
		all, err = h.client.Add(ctx, h.wish)
	case action == "update":
		one, err = h.client.Update(ctx, ids[0], h.wish)
	case action == "test":
		one, err = h.client.Test(ctx, ids[0])
	case len(ids) > 0:
		err = h.client.Remove(ctx, ids[0])
	default:
		err = h.client.RemoveSame(ctx, h.wish)
	}
	h.notes()
	if err != nil {
		return hooksFault(h.p, err)
	}
	if action == "update" || action == "test" {
		all = []hooks.Hook{one}
	}
	if action == "rm" {
		return h.removed(ids)
	}
	if err := h.show(all, action); err != nil {
		return err
	}
	if action != "list" && len(all) == 1 && all[0].State == "invalid" {
		return failed(nil, "see that devhook is up and the URL right; then devhook hooks "+h.p.Name+" test "+all[0].ID,
			"%s's test event was not answered with success, so it sends nothing there", h.p.Title)
	}
	return nil
}

func (h *hooking) notes() {
	for _, note := range h.client.Notes() {
		h.c.term.tell("note: %s", quote(note))
	}
}
