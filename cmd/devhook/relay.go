package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"devhook/cmd/devhook/config"
	"devhook/tunnel/relay"
)

func relayCommand(c *cli) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "relay",
		Short: "Run the public side, for machines behind a router",
		Long: `Run a relay on a machine that the internet reaches. Agents (devhook up --relay)
and stock OpenSSH clients (ssh -p 2222 -R 8000:localhost:3000 HOST) log in with
their keys and get one of the public ports, or with --domain a name that shares
80 and 443 with others (up --name shop, ssh -R shop:80:localhost:3000). It runs
nothing for them. Agents that get nothing but HTTPS out come by WebSocket: with
--domain to the same ports, else let a web server that ends TLS pass
/_devhook/tunnel on to --http.

Who may log in stands in an authorized_keys file as OpenSSH has it; the options
permitlisten="8000" (or "shop:80"), from= and expiry-time= are honoured. It is
read again when it changes: a key that is taken out loses its tunnel.

With --visitor-auth callers need a user and password (HTTP's Basic scheme; they
can be read on the way unless TLS is before it). The relay hands requests on as
they came, so the app sees the Authorization line too; devhook masks it on
screen and in exports. Ports for ssh -R are refused then: what passes through
those isn't read.

SIGTERM ends the relay when what is under way is over, in five seconds at most;
after a restart the keys find their ports again.

--metrics 9464 answers /metrics for Prometheus, /healthz while the relay lives,
and /readyz, which is 503 from the moment its end begins. No secrets are told
there, but how much goes on is: keep it to a private address.`,
		Example: `  devhook relay --authorized-keys keys --public-host relay.example.com
  devhook relay --domain relay.example.com --acme-email you@example.com`,
		Args: exactly(0, ""),
	}
	settings := newSettingFlags(cmd.Flags())
	relaySettings(settings)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		cfg, err := config.LoadRelay(config.Sources{
			Flags: settings.given(), Env: c.env, Providers: providerNames(c.known), Networks: publishedNetworks(),
		})
		if err != nil {
			return err
		}
		return c.relay(cmd.Context(), cfg)
	}
	return cmd
}

func relaySettings(settings *settingFlags) {
	settings.text("bind", "ADDR", "address of the public ports (default all interfaces)")
	settings.text("ports", "LIST", "public ports (default 80,8000,8080, with certificates 443 and 8443 too)")
	settings.text("domain", "NAME", "tunnels have names under it, which share ports 80 and 443")
	settings.text("public-host", "HOST", "what callers use, if neither --domain nor --bind tells")
	settings.text("tls-cert", "FILE", "certificate for ports 443 and 8443, with --domain one for *.NAME;\ntaken anew when the file changes")
	settings.text("tls-key", "FILE", "its key")
	settings.text("acme-email", "ADDR", "have certificates made, one for each name as it is claimed; the\nauthority may write to this address")
	settings.text("acme-directory", "URL", "the authority (default Let's Encrypt); any --acme flag asks for certificates")
	settings.text("acme-ca", "FILE", "who vouches for the authority's own address (default the system's)")
	settings.text("ssh", "ADDR", "where agents and SSH clients log in (default :2222)")
	settings.text("http", "ADDR", "where agents come by WebSocket (default :7080)")
	settings.text("state", "DIR", "host key and owners of ports (default $XDG_STATE_HOME/devhook/relay)")
	settings.text("authorized-keys", "FILE", "who may log in (default authorized_keys in the state)")
	settings.text("metrics", "ADDR", "where /metrics, /healthz and /readyz answer (default nowhere); a port alone is this machine's")
	settings.text("allow", "CIDR|NAME", "who may call the public ports, repeatable: addresses, or a provider that\npublishes its own, such as zipwhip (default everybody)")
	settings.text("hold", "AGE", "keep webhooks for tunnels that ask (up --hold) while their agent is away,\nso long: 24h, 7d (default off)")
	settings.text("hold-size", "SIZE", "of all that is kept for one key (default 500MB)")
	settings.text("visitor-auth", "REF", "ask callers for a user and password: env:NAME, file:PATH or\nkeyring:NAME of user:password, several with commas (see above)")
}

// relay runs a relay until ctx ends.
func (c *cli) relay(ctx context.Context, cfg *config.Relay) (err error) {
	signal.Ignore(syscall.SIGPIPE) // who reads our lines may leave
	log := c.serverLog()
	c.tellPublished(cfg.AllowNames)
	keys, err := loadKeys(cfg, log)
	if err != nil {
		return err
	}
	state, err := openRelayState(cfg.State, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, state.close()) }()
	spool, err := openSpool(ctx, cfg, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, spool.close()) }()
	certs, err := openRelayTLS(ctx, cfg, log)
	if err != nil {
		return err
	}
	defer certs.close()
	srv, err := relay.New(relay.Config{
		HostKey: state.host, Authorized: keys.authorized,
		Bind: cfg.Bind, Ports: cfg.Ports, Domain: cfg.Domain, PublicHost: cfg.PublicHost, Allow: cfg.Allow,
		Visitors: visitors(cfg), TLS: certs.config, Challenge: certs.challenge, Claimed: certs.claimed, Released: certs.released,
		Limits: relay.Limits{NewNames: certs.newNames}, Stock: true, Keep: state.keep, Log: log,
		Hold: spool.holding(cfg),
	})
	if err != nil {
		return err
	}
	r := &relayServer{c: c, cfg: cfg, srv: srv, log: log, failed: make(chan error, 1)}
	if cfg.Metrics != "" {
		if r.health, err = openHealth(cfg.Metrics, ctx.Done(), srv.Stats, log); err != nil {
			return errors.Join(err, srv.Close())
		}
		defer func() { err = errors.Join(err, r.health.close()) }()
	}
	if err := r.listen(state, keys); err != nil {
		return errors.Join(err, srv.Close())
	}
	certs.begin()
	watching, unwatch := context.WithCancel(ctx)
	watched := make(chan struct{})
	go func() { defer close(watched); keys.watch(watching, srv.Recheck) }()
	var memory saver
	go rest(watching, restAfter, srv.Stats, memory.calm, memory.stir)
	select {
	case <-ctx.Done():
	case err = <-r.failed:
	}
	r.health.setReady(false)
	unwatch()
	<-watched
	return errors.Join(err, r.close(ctx))
}

// visitors are those who may call, as user:password.
func visitors(cfg *config.Relay) (all []string) {
	for _, v := range cfg.Visitors {
		all = append(all, v.Value)
	}
	return all
}

// relayServer is a relay with its listeners.
type relayServer struct {
	c      *cli
	cfg    *config.Relay
	srv    *relay.Server
	log    *slog.Logger
	health *relayHealth // nil unless asked for
	failed chan error
}

// listen opens everything and says so. Public ports first: an agent that logs in finds them open.
func (r *relayServer) listen(state *relayState, keys *relayKeys) error {
	public, err := r.srv.OpenPorts(state.owners(keys.owns))
	switch {
	case err != nil && (r.cfg.PortsGiven || len(public) == 0):
		return failed(err, relayPortHint(err), "a public port can't be opened: %s", portReason(err))
	case err != nil:
		r.c.term.tell("warning: not every public port can be opened: %s\nhint: name those you want with --ports", portReason(err))
	}
	ssh, err := r.open("ssh", r.cfg.SSH, r.srv.ServeSSH)
	if err != nil {
		return err
	}
	http, err := r.open("http", r.cfg.HTTP, r.srv.ServeWebSocket)
	if err != nil {
		return err
	}
	r.health.setReady(true)
	return r.c.printRelay(ssh, http, public, r.health.at(), state.fingerprint())
}

// open listens at what a flag says and serves there.
func (r *relayServer) open(flag, address string, serve func(net.Listener) error) (net.Addr, error) {
	ln, err := net.Listen("tcp", address)
	if err != nil {
		return nil, failed(err, "end the program that uses it, or choose another with --"+flag, "the relay can't listen on %s: %s", address, reason(err))
	}
	go func() {
		if err := serve(ln); err != nil {
			select {
			case r.failed <- err:
			default: // one is enough
			}
		}
	}()
	return ln.Addr(), nil
}

// printRelay tells that the relay is ready.
func (c *cli) printRelay(ssh, http net.Addr, public []net.Addr, metrics, fingerprint string) error {
	if c.json {
		addrs := make([]string, 0, len(public))
		for _, a := range public {
			addrs = append(addrs, a.String())
		}
		return c.term.object(struct {
			Event       string   `json:"event"`
			SSH         string   `json:"ssh"`
			HTTP        string   `json:"http"`
			Public      []string `json:"public"`
			Metrics     string   `json:"metrics,omitempty"`
			Fingerprint string   `json:"fingerprint"`
		}{"ready", ssh.String(), http.String(), addrs, metrics, fingerprint})
	}
	c.term.tell("host key %s", fingerprint)
	lines := "ssh " + ssh.String() + "\nhttp " + http.String() + "\n"
	for _, a := range public {
		lines += "public " + a.String() + "\n"
	}
	if metrics != "" {
		lines += "metrics " + metrics + "\n"
	}
	return c.term.line("%sready", lines)
}

// close lets exchanges finish. What takes longer is cut.
func (r *relayServer) close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	if n := r.srv.Stats().Busy; n > 0 {
		r.c.term.tell("note: ending when %s is over, in %s at most; Ctrl-C again ends at once", count(int(n), "exchange", "exchanges"), drain)
	}
	err := unlessLate(r.srv.Shutdown(ctx))
	if r.c.json {
		return errors.Join(err, r.c.term.object(map[string]any{"event": "stopped", "exchanges": r.srv.Stats().Exchanges}))
	}
	return errors.Join(err, r.c.term.line("%s  stopped: %s", time.Now().Format(stamp), count(int(r.srv.Stats().Exchanges), "exchange", "exchanges")))
}

// portReason tells of each port that can't be opened why.
func portReason(err error) string {
	text := ""
	for _, one := range flatten(err) {
		at := "a port"
		if op, ok := errors.AsType[*net.OpError](one); ok && op.Addr != nil {
			at = op.Addr.String()
		}
		if text != "" {
			text += "; "
		}
		text += fmt.Sprintf("%s: %s", at, reason(one))
	}
	return text
}

func flatten(err error) []error {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		return many.Unwrap()
	}
	return []error{err}
}

// relayPortHint says what helps against the fault.
func relayPortHint(err error) string {
	if errors.Is(err, syscall.EACCES) {
		return "ports below 1024 need the right to open them: setcap cap_net_bind_service=+ep, or --ports 8000,8080"
	}
	return "end the program that uses it, or choose others with --ports and --bind"
}
