package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"devhook/inspector/provider"
)

func providersCommand(c *cli) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "providers [NAME]",
		Short: "What is known of each sender, or of one in full",
		Long: `What is known of each sender: how it proves itself, which answers it takes for
success, how long it waits, whether it tries again, and whether it tries out an
address before it trusts it (a challenge, which devhook up --answer-challenges
answers). NAME shows one in full, with its document and its sample events.`,
		Example: `  devhook providers
  devhook providers telerivet --json | jq .events`,
		Args: atMostOne("name"),
	}
	settings := newSettingFlags(cmd.Flags())
	settings.text("config", "FILE", "configuration, which may define senders (default ./devhook.yaml)")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		if _, err := c.load(settings, false, "config"); err != nil { // the file may define senders
			return err
		}
		if len(args) == 0 {
			return c.providers(c.known)
		}
		if err := knownProvider(c.known, args[0]); err != nil {
			return err
		}
		p, ok := c.known.ByName(args[0])
		if !ok {
			return usage("devhook providers lists them", "the provider's name is empty")
		}
		if c.json {
			return c.term.object(sender(p))
		}
		return c.provider(p)
	}
	return cmd
}

// senderObject is a provider in JSON.
type senderObject struct {
	Name      string   `json:"name"`
	Title     string   `json:"title"`
	Proof     string   `json:"proof"`
	Checkable bool     `json:"checkable"`
	Success   string   `json:"success"`
	TimeoutMS *int64   `json:"timeout_ms"` // null: not known
	Retries   string   `json:"retries"`
	Challenge string   `json:"challenge"`
	Ports     []int    `json:"ports"`
	Document  string   `json:"document"`
	Carriers  []string `json:"carriers"`
	Secret    string   `json:"secret"`
	Reads     string   `json:"reads"` // what it takes from an answer beside its status
	Events    []string `json:"events"`
}

func sender(p *provider.Provider) senderObject {
	o := senderObject{
		Name: p.Name, Title: p.Title, Proof: p.Proves(), Checkable: p.Sign != nil, Success: p.Succeeds(),
		Retries: p.Retries, Challenge: p.Challenges(), Ports: p.Ports, Document: p.Doc,
		Carriers: p.Carriers(), Secret: p.Where, Reads: p.Asks, Events: sampleNames(p),
	}
	if p.Timeout > 0 {
		ms := p.Timeout.Milliseconds()
		o.TimeoutMS = &ms
	}
	if o.Ports == nil {
		o.Ports = []int{}
	}
	if o.Carriers == nil {
		o.Carriers = []string{}
	}
	return o
}

// sampleNames are the events that there are samples of, each once.
func sampleNames(p *provider.Provider) []string {
	names := []string{}
	if p.Samples != nil {
		for _, s := range p.Samples() {
			if !slices.Contains(names, s.Event) {
				names = append(names, s.Event)
			}
		}
	}
	return names
}

func (c *cli) providers(all provider.List) error {
	if c.json {
		for _, p := range all {
			if err := c.term.object(sender(p)); err != nil {
				return err
			}
		}
		return nil
	}
	rows := make([][]string, len(all))
	for i, p := range all {
		rows[i] = providerRow(p)
	}
	return c.term.table([]column{
		{head: "NAME"},
		{head: "SENDER", spare: 1},
		{head: "PROOF", limit: 76, least: 12, shorten: end},
		{head: "SUCCESS"},
		{head: "WITHIN", right: true},
		{head: "AFTER A FAILURE", limit: 76, least: 8, shorten: end, spare: 3},
		{head: "CHALLENGE", spare: 2},
	}, rows)
}

func providerRow(p *provider.Provider) []string {
	within := "-"
	if p.Timeout > 0 {
		within = p.Timeout.String()
	}
	// The sender's name stands in the column beside it.
	retries, _ := strings.CutPrefix(p.Retries, p.Title+" ")
	proof, _, _ := strings.Cut(p.Proves(), "; older: ")
	proof, _, _ = strings.Cut(proof, ", at most ")
	return []string{p.Name, p.Title, proof, p.Succeeds(), within, orDash(retries), orDash(p.Challenges())}
}

// provider shows one sender in full.
func (c *cli) provider(p *provider.Provider) error {
	var b strings.Builder
	out := page{w: &b, term: c.term}
	out.line("%s (%s)\n", p.Title, p.Name)
	within := "not known how long it waits"
	if p.Timeout > 0 {
		within = "within " + p.Timeout.String()
	}
	out.labelled("proof", p.Proves())
	if names := p.Carriers(); len(names) > 0 {
		out.labelled("carried by", strings.Join(names, ", "))
	}
	if p.Where != "" {
		out.labelled("secret", p.Where)
	}
	out.labelled("success", p.Succeeds()+", "+within)
	if p.Asks != "" {
		out.labelled("reads", "in an answer: "+p.Asks+"; --hold gives it none")
	}
	if p.Retries != "" {
		out.labelled("otherwise", p.Retries)
	}
	if p.Challenges() != "" {
		out.labelled("challenge", p.Challenges())
	}
	if len(p.Ports) > 0 {
		out.labelled("ports", "calls only "+list(p.Ports))
	}
	if p.Doc != "" {
		out.labelled("document", p.Doc)
	}
	if names := sampleNames(p); len(names) > 0 {
		out.labelled("samples", wrap(strings.Join(names, ", "), 78)...)
		out.line("\ndevhook send %s.%s", p.Name, names[0])
	}
	return c.term.write([]byte(b.String()))
}
