package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"devhook/inspector"
	"devhook/inspector/provider"
	"devhook/store"
)

// replayFlags are how a replay differs from what was recorded.
type replayFlags struct {
	to, method, path, body string
	headers, drop          []string
	hasBody, resign        bool
}

func replayCommand(c *cli) *cobra.Command {
	var f replayFlags
	cmd := &cobra.Command{
		Use:   "replay ID…",
		Short: "Send recorded requests to the app once more",
		Long: `Send recorded requests to the app once more, byte for byte or edited. They go
straight to the app, whether or not devhook up runs, and each is recorded as one
more delivery. It exits 1 if an answer is not what the sender takes for success.

A signature covers what was signed: after an edit, and for senders that refuse
old timestamps, --resign computes a fresh one with the secret that devhook.yaml
or --verify names.`,
		Example: `  devhook replay latest
  devhook replay w6k3vn --body @fix.json --resign --verify telerivet=env:SECRET`,
		Args: anyIDs("replay"),
	}
	set := cmd.Flags()
	set.StringVar(&f.to, "to", "", "send to this `URL` (or port) instead of the app; its path, if any, replaces the recorded one")
	set.StringVar(&f.method, "method", "", "send this `METHOD`")
	set.StringVar(&f.path, "path", "", "send this `PATH` and query")
	set.StringArrayVar(&f.headers, "header", nil, "`'K: V'` to set, repeatable")
	set.StringArrayVar(&f.drop, "drop-header", nil, "header `NAME` to leave out, repeatable")
	set.StringVar(&f.body, "body", "", "send this `BODY`: @FILE, - for stdin, or the text itself")
	set.BoolVar(&f.resign, "resign", false, "compute a fresh signature and timestamp")
	settings := newSettingFlags(set)
	settings.storage()
	settings.app()
	settings.text("verify", "SPEC", verifyHelp)
	cmd.RunE = func(cmd *cobra.Command, args []string) (err error) {
		f.hasBody = set.Changed("body")
		for _, word := range []string{"to", "method", "path"} {
			if set.Changed(word) && set.Lookup(word).Value.String() == "" {
				return usage("leave it out to send what was recorded", "--%s is empty", word)
			}
		}
		edit, err := f.edit(cmd.Context(), c.stdin)
		if err != nil {
			return err
		}
		return c.replay(cmd.Context(), settings, args, edit)
	}
	return cmd
}

// edit reads the flags, and the body from where they say.
func (f *replayFlags) edit(ctx context.Context, stdin io.Reader) (inspector.Edit, error) {
	e := inspector.Edit{
		To: address(f.to), Method: f.method, Target: f.path, DropHeaders: f.drop, HasBody: f.hasBody, Resign: f.resign,
	}
	for _, h := range f.headers {
		name, value, ok := strings.Cut(h, ":")
		if !ok || strings.TrimSpace(name) == "" {
			return e, usage("write --header 'X-Name: value'", "a header without a colon can't be sent")
		}
		if name = strings.TrimSpace(name); strings.EqualFold(name, "Content-Length") || strings.EqualFold(name, "Transfer-Encoding") {
			return e, usage("leave it out; --body brings its own", "%s follows from the body", name)
		}
		if value = strings.TrimSpace(value); strings.ContainsAny(value, "\r\n\x00") {
			return e, usage("write it in one line", "the header %s holds a line break or a zero byte", quote(name))
		}
		e.Headers = append(e.Headers, [2]string{name, value})
	}
	var err error
	switch name, isFile := strings.CutPrefix(f.body, "@"); {
	case f.body == "-":
		e.Body, err = unlessEnded(ctx, func() ([]byte, error) { return io.ReadAll(stdin) })
	case isFile:
		e.Body, err = unlessEnded(ctx, func() ([]byte, error) { return os.ReadFile(name) })
	default:
		e.Body = []byte(f.body)
	}
	if err != nil && ctx.Err() != nil {
		return e, ctx.Err()
	}
	if err != nil {
		return e, failed(err, "name a readable file: --body @FILE", "the body can't be read: %s", reason(err))
	}
	return e, nil
}

// unlessEnded reads until Ctrl-C: a keyboard or a pipe may never come to an end.
func unlessEnded[T any](ctx context.Context, read func() (T, error)) (T, error) {
	type result struct {
		data T
		err  error
	}
	done := make(chan result, 1)
	go func() {
		data, err := read()
		done <- result{data, err}
	}()
	select {
	case r := <-done:
		return r.data, r.err
	case <-ctx.Done():
		return *new(T), ctx.Err()
	}
}

// address is the URL that --to means: as with up, a port alone is one of this
// machine.
func address(to string) string {
	host, _, _ := strings.Cut(to, "/")
	port, _ := strings.CutPrefix(host, ":")
	if port == "" || strings.Trim(port, "0123456789") != "" {
		return to
	}
	return "http://localhost:" + strings.TrimPrefix(to, ":")
}

func (c *cli) replay(ctx context.Context, settings *settingFlags, refs []string, edit inspector.Edit) (err error) {
	cfg, err := c.load(settings, false, sendSettings...)
	if err != nil {
		return err
	}
	db, err := c.mustRecorded(ctx, cfg)
	if err != nil {
		return err
	}
	defer closing(db, &err)
	// All IDs are looked up before the first request leaves.
	captures := make([]*store.Capture, len(refs))
	for i, ref := range refs {
		if captures[i], err = find(ctx, db, ref); err != nil {
			return err
		}
	}
	s := &courier{c: c, db: db, cfg: cfg, log: c.term.logger(), only: len(captures) == 1}
	for _, capture := range captures {
		if err := s.send(ctx, capture, edit); err != nil {
			return err
		}
	}
	return s.verdict()
}

// resultLine is one replay in words: w6k3vn  POST http://localhost:3000/x  200  12ms  re-signed.
func resultLine(known provider.List, capture *store.Capture, d *store.Delivery, method string) string {
	if method == "" {
		method = capture.Method
	}
	parts := []string{shortID(d.CaptureID), quote(method + " " + masks(known).Target(d.Target))}
	parts = append(parts, answered(known, capture, d)...)
	return strings.Join(append(parts, changes(d)), "  ")
}

// tried says which addresses "localhost" stands for when nothing listens there.
func tried(text string) string {
	if strings.HasPrefix(text, "nothing listens on localhost:") {
		return text + " (tried [::1] and 127.0.0.1)"
	}
	return text
}

// startHint is what to do about an app that does not answer.
func startHint(to, app string) string {
	if to == "" || app == "" {
		return "start your app; devhook replay --to sends to another address"
	}
	return fmt.Sprintf("start your app, or leave out --to to use %s", app)
}
