package main

import (
	"context"
	"crypto/rand"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"devhook/cmd/devhook/config"
	"devhook/inspector/provider"
)

func demoCommand(c *cli) *cobra.Command {
	var once bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "See it work: up with a sample app and two sample webhooks",
		Long: `See it work, with nothing prepared: a sample app on a free port, a public
address for it that only this machine reaches, and two Telerivet webhooks sent
to it, one with the right secret and one with a wrong one. Settings of the
environment and of devhook.yaml are left alone, and what is recorded goes to a
database of its own. Ctrl-C ends it.`,
		Example: `  devhook demo
  devhook demo --once --inspect off`,
		Args: exactly(0, ""),
	}
	settings := newSettingFlags(cmd.Flags())
	settings.text("port", "N", "public port: 80, 443, 8000, 8080 or 8443 (default the first free)")
	settings.text("inspect", "ADDR", "where the inspector listens, or off (default localhost:4040)")
	settings.text("db", "PATH", "database (default demo.db beside the usual one)")
	cmd.Flags().BoolVar(&once, "once", false, "end when the two webhooks are answered")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		cfg, err := c.demoConfig(settings)
		if err != nil {
			return err
		}
		return c.demo(cmd.Context(), cfg, once)
	}
	return cmd
}

// demoConfig takes the flags of the demo and nothing else.
func (c *cli) demoConfig(settings *settingFlags) (*config.Config, error) {
	var plain []string
	for _, entry := range c.env {
		if !strings.HasPrefix(entry, "DEVHOOK_") {
			plain = append(plain, entry)
		}
	}
	cfg, err := config.Load(config.Sources{
		Flags: settings.given(), Env: plain, NoFile: true, Providers: providerNames(c.known),
		Uses: []string{"port", "bind", "inspect", "inspect-token", "timeout", "db"},
	})
	if err != nil {
		return nil, err
	}
	if !cfg.DBGiven {
		cfg.DB = filepath.Join(filepath.Dir(cfg.DB), "demo.db")
	}
	return cfg, nil
}

func (c *cli) demo(ctx context.Context, cfg *config.Config, once bool) error {
	secret := provider.Secret{Ref: "the demo's secret", Value: rand.Text()}
	app, err := startSampleApp(secret.Value)
	if err != nil {
		return failed(err, "see that a program may listen on 127.0.0.1", "the sample app can't start: %s", reason(err))
	}
	defer app.close()
	cfg.Local = app.url
	cfg.Routes = []config.Route{{Path: "/hooks/sms", Provider: "telerivet", Secrets: []config.Secret{config.Secret(secret)}}}
	ctx, end := context.WithCancel(ctx)
	defer end()
	return c.up(ctx, cfg, nil, func(ctx context.Context, s *site) error {
		if err := c.sendSamples(ctx, s, secret); err != nil {
			return err
		}
		c.showAround(s)
		if once {
			end()
		}
		return nil
	})
}

// sendSamples calls the public address as Telerivet would: once with the right
// secret, once with a wrong one.
func (c *cli) sendSamples(ctx context.Context, s *site, secret provider.Secret) error {
	wrong := provider.Secret{Ref: "a wrong secret", Value: rand.Text()}
	for n, with := range []provider.Secret{secret, wrong} {
		status, err := postSample(ctx, s.publicURL()+"/hooks/sms", n, with, time.Now())
		if err != nil {
			return failed(err, "see the lines above", "the sample webhook got no answer: %s", reason(err))
		}
		c.term.tell("sent a Telerivet webhook with %s: the sample app answered %d", with.Ref, status)
	}
	return nil
}

// showAround says what to look at.
func (c *cli) showAround(s *site) {
	db := ""
	if usual, ok := config.StateDir(c.env); !ok || s.cfg.DB != filepath.Join(usual, "devhook.db") {
		db = " --db " + s.cfg.DB
	}
	if s.a.page != nil {
		c.term.tell("\nlook at %s, or in another terminal:", s.a.pageURL())
	} else {
		c.term.tell("\nlook, in another terminal:")
	}
	c.term.tell("  devhook requests%s\n  devhook show latest%s\n  devhook replay latest%s", db, db, db)
	c.term.tell("send your own: curl -d hello=world %s/hello\nCtrl-C ends the demo", s.publicURL())
}
