package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"devhook/inspector/export"
	"devhook/inspector/provider"
	"devhook/store"
	"devhook/web"
)

func showCommand(c *cli) *cobra.Command {
	var raw, reveal bool
	cmd := &cobra.Command{
		Use:   "show ID",
		Short: "Show one request: verdict and why, head, body, every delivery",
		Long: `Show one request: its verdict and the reason, the head as it came, the body, and
every delivery with its answer. Credentials are masked unless --reveal is given.`,
		Example: `  devhook show latest
  devhook show w6k3vn --raw --reveal > request.http`,
		Args: exactly(1, "an ID; latest is one"),
	}
	cmd.Flags().BoolVar(&raw, "raw", false, "print the request as it came: head and body, nothing else")
	cmd.Flags().BoolVar(&reveal, "reveal", false, "show credentials")
	settings := newSettingFlags(cmd.Flags())
	settings.storage()
	cmd.RunE = func(cmd *cobra.Command, args []string) (err error) {
		if raw && c.json {
			return usage("choose one", "--raw and --json exclude each other")
		}
		cfg, err := c.load(settings, false, "db")
		if err != nil {
			return err
		}
		db, err := c.mustRecorded(cmd.Context(), cfg)
		if err != nil {
			return err
		}
		defer closing(db, &err)
		capture, err := find(cmd.Context(), db, args[0])
		if err != nil {
			return err
		}
		mask := masks(c.known)
		if reveal {
			mask = nil
		}
		switch {
		case c.json:
			return c.showJSON(cmd.Context(), db, capture, mask, reveal)
		case raw:
			return c.showRaw(cmd.Context(), db, capture, mask)
		}
		return c.show(cmd.Context(), db, capture, mask)
	}
	return cmd
}

func (c *cli) showJSON(ctx context.Context, db *store.DB, capture *store.Capture, mask *export.Mask, reveal bool) error {
	v, err := web.CaptureFull(ctx, db, capture, mask, reveal)
	if err != nil {
		return err
	}
	return c.term.object(v)
}

// showRaw prints the very bytes. Masking a body needs the whole of it in
// memory, and so does a look whether a terminal may get it; else it streams.
func (c *cli) showRaw(ctx context.Context, db *store.DB, capture *store.Capture, mask *export.Mask) error {
	body, err := db.Body(ctx, capture.ID)
	if err != nil {
		return err
	}
	defer body.Close()
	head := mask.Head(capture.Head)
	if mask == nil && c.term.width == 0 {
		if err := c.term.write(head); err != nil {
			return err
		}
		_, err = io.Copy(c.term.out, body)
		return err
	}
	all, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	return c.term.bytes(slices.Concat(head, mask.Body(headValue(capture.Head, "Content-Type"), all)))
}

// show prints the page of one request.
func (c *cli) show(ctx context.Context, db *store.DB, capture *store.Capture, mask *export.Mask) error {
	deliveries, err := db.Deliveries(ctx, capture.ID)
	if err != nil {
		return err
	}
	body, more, err := readSome(ctx, db, capture.ID)
	if err != nil {
		return err
	}
	var b strings.Builder
	p := page{w: &b, term: c.term, known: c.known, mask: mask}
	p.title(capture)
	p.verdict(capture)
	p.facts(capture)
	p.deliveries(capture, deliveries)
	p.head(capture.Head)
	p.body(capture, body, more)
	if last := lastAnswer(deliveries); last != nil {
		body, more, err := readSome(ctx, db, last.ID)
		if err != nil {
			return err
		}
		p.answer(last, body, more)
	}
	return c.term.write([]byte(b.String()))
}

// lastAnswer is the newest delivery, if the app answered it.
func lastAnswer(all []*store.Delivery) *store.Delivery {
	if len(all) == 0 || len(all[len(all)-1].Head) == 0 {
		return nil
	}
	return all[len(all)-1]
}

// shownBody bounds the body on the page, in bytes.
const shownBody = 64 << 10

func readSome(ctx context.Context, db *store.DB, id string) (body []byte, more bool, err error) {
	r, err := db.Body(ctx, id)
	if err != nil {
		return nil, false, err
	}
	defer r.Close()
	body, err = io.ReadAll(io.LimitReader(r, shownBody+1))
	if len(body) > shownBody {
		return body[:shownBody], true, err
	}
	return body, false, err
}

// page writes the parts of show.
type page struct {
	w     io.Writer
	term  *term
	mask  *export.Mask
	known provider.List
}

func (p *page) line(format string, args ...any) { fmt.Fprintf(p.w, format+"\n", args...) }

func (p *page) title(c *store.Capture) {
	left := strings.TrimSpace(quote(c.Method + " " + p.mask.Target(c.Target)))
	if left == "" {
		left = "(no request line)"
	}
	right := strings.TrimSpace(c.Provider + " " + quote(c.Event))
	if right == "" {
		p.line("%s", left)
		return
	}
	gap := max(2, 62-widthOf(left))
	if over := widthOf(left) + gap + widthOf(right) - p.term.width; p.term.width > 0 && over > 0 {
		gap = max(2, gap-over)
	}
	p.line("%s", p.term.fold(left+strings.Repeat(" ", gap)+right, 2))
}
