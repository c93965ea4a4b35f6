package main

import (
	"context"
	"errors"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"devhook/cmd/devhook/config"
)

const upText = `Give the app on PORT a public address, record every request before the app sees
it, and show it at the inspector. devhook up 3000 and devhook up --local 3000
are the same. A relay runs inside, and --bind says who reaches it; or --relay
names one that is reached by SSH: a devhook relay, or any sshd that forwards
ports. Port, user, keys and known hosts are then those that ssh would use, also
by ~/.ssh/config: port 22 where none is written.

--verify names a sender that devhook knows, or one that devhook.yaml defines
under providers: with hmac:, token: or basic:. Zipwhip has no secret and is
known by the addresses that call.

--register tells one sender (seven, zipwhip, ricloud, telerivet) of the address
once it works, for the path that --verify has for it, and takes that back at the
end. After a crash the next start does.

What is older than --keep, or too much for --keep-size, is forgotten at the
start and from time to time, the oldest first. What is pinned, held or was never
answered by the app stays.

--hold answers senders at once, 200 or the status written, when the request is
on disk, and hands it to the app as soon as that answers: the oldest first on
each route, also those of an earlier run. It is tried again only while no byte
has reached the app; whatever comes then is final. GET, HEAD and handshakes are
not held. What the app answers reaches no sender, so autoreplies are lost.

devhook.yaml may name several tunnels: each entry of its tunnels: has the words
of one (local, relay, name, routes …), and what stands above is for all of them.
One devhook up runs them together, with one page and one database; words that
are for one tunnel are no flags then.

Routes and secrets are taken anew when devhook.yaml, or a file that a secret is
read from, changes. The tunnel stays, and what can't be changed while it runs is
told. What is faulty is not taken.

On a terminal it keeps a picture of the addresses, the tunnel and the last
webhooks; elsewhere, and with TERM=dumb, it prints a line for each event.

It ends with Ctrl-C: what the app is working on may finish within five seconds;
a second Ctrl-C ends at once. An app that is down is no error: the webhook is
recorded, its sender gets 502, and devhook resend --failed delivers it later;
with --hold that is done by itself.`

func upCommand(c *cli) *cobra.Command {
	var check bool
	cmd := &cobra.Command{
		Use:   "up [PORT]",
		Short: "Expose a port, record and inspect what arrives",
		Long:  upText,
		Example: `  devhook up 3000 --verify telerivet@/hooks/sms=env:TELERIVET_SECRET
  devhook up 3000 --relay ssh://you@vps.example.com`,
		Args: atMostOne("app"),
	}
	settings := upSettings(cmd)
	cmd.Flags().BoolVar(&check, "check", false, "only check the configuration")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := takeApp(settings, args); err != nil {
			return err
		}
		cfg, err := c.load(settings, true)
		if err != nil {
			return err
		}
		if check {
			return c.checked(cfg)
		}
		return c.up(cmd.Context(), cfg, settings, nil)
	}
	return cmd
}

// upSettings adds the flags of up that are settings too; doctor takes the same.
func upSettings(cmd *cobra.Command) *settingFlags {
	settings := newSettingFlags(cmd.Flags())
	settings.text("local", "PORT|HOST:PORT|URL", "the app; localhost is tried on ::1 and 127.0.0.1")
	settings.app()
	settings.text("bind", "ADDR", "where the embedded relay listens (default 127.0.0.1: only this machine)")
	settings.text("port", "N", "public port: 80, 443, 8000, 8080 or 8443 (default the first free)")
	settings.text("name", "NAME", "name wanted on the relay: https://NAME.DOMAIN (default one that your\nkey always gets)")
	settings.text("tls-cert", "FILE", "end TLS here with this certificate: at the relay inside, or behind a\nstock sshd; taken anew when the file changes")
	settings.text("tls-key", "FILE", "its key")
	settings.text("public-url", "URL", "what callers use, if a proxy stands in front")
	settings.text("trusted-proxies", "CIDR", "whose X-Forwarded-For names the sender, repeatable (default only our\nown relay's word counts)")
	settings.text("relay", "URL", "ssh://[user@]host[:port]: a devhook relay, or any sshd with\nGatewayPorts; wss://host: a devhook relay where only HTTPS\ngets out (default: a relay inside devhook)")
	settings.text("identity", "FILE", "SSH key for the relay (default OpenSSH's order, then devhook's own)")
	settings.yes("accept-new-host-key", "write down the relay's host key if it is not known yet")
	settings.text("verify", "SPEC", verifyHelp)
	settings.yes("reject-invalid", "answer 403 to what fails verification and keep it from the app")
	settings.yes("answer-challenges", "answer a sender's handshake (Slack, Meta, Zoom, …) in the app's place")
	settings.hold()
	settings.text("register", "PROVIDER", "register the public URL with this sender while it is up")
	settings.text("credential", "REF", "what that sender's API asks for: env:NAME, file:PATH or\nkeyring:NAME")
	settings.text("api", "URL", "base address of that API (default the sender's own)")
	settings.text("project", "ID", "with telerivet: the project to register in, where there are several")
	settings.text("inspect", "ADDR", "where the inspector listens, or off (default localhost:4040)")
	settings.text("inspect-token", "REF", "token asked of the inspector's visitors: env:NAME, file:PATH\nor keyring:NAME")
	settings.storage()
	settings.text("keep", "AGE", "forget requests older than that: 12h or 30d; off keeps all\n(default 30d)")
	settings.text("keep-size", "SIZE", "forget the oldest where the database grows beyond that:\n500MB; off sets no limit (default 2GB)")
	return settings
}

// takeApp makes the positional argument the value of --local.
func takeApp(settings *settingFlags, args []string) error {
	if len(args) == 0 {
		return nil
	}
	local := settings.values["local"]
	if len(local.texts) > 0 {
		return usage("leave one of them out", "the app is named twice, as %q and with --local", args[0])
	}
	return local.Set(args[0])
}

// checked answers --check: a configuration that got here is right, but for its certificates.
func (c *cli) checked(cfg *config.Config) error {
	for _, t := range cfg.All() {
		if _, err := certificate(t); err != nil {
			return named(t.Tunnel, err)
		}
	}
	if c.json {
		return c.term.object(checkedObject(cfg))
	}
	from, apps := "no file", []string(nil)
	if cfg.File != "" {
		from = cfg.File
	}
	for _, t := range cfg.All() {
		apps = append(apps, t.Local)
	}
	word := ", app "
	if len(apps) > 1 {
		from += ", " + count(len(apps), "tunnel", "tunnels")
		word = ", apps "
	}
	from += ", " + count(len(cfg.Routes), "route", "routes")
	if n := len(cfg.Senders); n > 0 {
		from += ", " + count(n, "provider", "providers") + " of your own"
	}
	return c.term.line("ok    config      %s%s%s", from, word, strings.Join(apps, ", "))
}

// checkedObject is the same for programs; of several tunnels local_url is the first one's.
func checkedObject(cfg *config.Config) any {
	all := cfg.All()
	o := map[string]any{
		"ok": true, "config": cfg.File, "routes": len(cfg.Routes), "providers": len(cfg.Senders), "local_url": all[0].Local,
	}
	if len(all) > 1 {
		var tunnels []any
		for _, t := range all {
			tunnels = append(tunnels, map[string]any{"tunnel": t.Tunnel, "local_url": t.Local, "routes": len(t.Routes)})
		}
		o["tunnels"] = tunnels
	}
	return o
}

// up opens the rooms, runs until ctx ends or one of them fails, and closes
// them. Where flags are given, routes and secrets are followed. ready, if any, is called once the address works.
func (c *cli) up(ctx context.Context, cfg *config.Config, flags *settingFlags, ready func(context.Context, *site) error) error {
	// Who reads our lines may leave: recording goes on.
	signal.Ignore(syscall.SIGPIPE)
	defer saveMemory()()
	reload := c.newReload(cfg, flags)
	defer reload.close()
	a, err := c.openAgent(ctx, cfg)
	if err != nil {
		return err
	}
	err = a.run(ctx, reload, ready)
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		err = nil
	}
	return errors.Join(err, a.close(ctx))
}
