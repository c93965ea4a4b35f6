package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"devhook/cmd/devhook/config"
	"devhook/inspector/export"
	"devhook/store"
	"devhook/web"
)

// exportFlags say in which form captures leave, and where to.
type exportFlags struct {
	as, output string
	reveal     bool
}

var exportForms = []string{"curl", "http", "har", "json"}

func exportCommand(c *cli) *cobra.Command {
	var f exportFlags
	cmd := &cobra.Command{
		Use:   "export ID…",
		Short: "Write recorded requests as curl commands, raw HTTP, HAR or JSON",
		Long: `Write recorded requests as curl commands, raw HTTP, a HAR file or JSON, for a
bug report, a teammate or another tool; devhook import takes HAR and JSON.
Several IDs become one HAR, one JSON list, one .http file or one curl command
each.

Credentials are masked unless --reveal is given: what is masked can be looked at
but neither verified nor replayed as its sender's. A file of --output is for
your eyes alone (0600).`,
		Example: `  devhook export latest --as curl --reveal
  devhook export w6k3vn h9s2wb --as har --output shop.har`,
		Args: anyIDs("export"),
	}
	set := cmd.Flags()
	set.StringVar(&f.as, "as", "", "`FORM`: curl, http, har or json (default curl, with --json json)")
	set.BoolVar(&f.reveal, "reveal", false, "write credentials as they came")
	set.StringVar(&f.output, "output", "", "write to this `FILE` instead of stdout")
	settings := newSettingFlags(set)
	settings.storage()
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := f.check(c.json); err != nil {
			return err
		}
		cfg, err := c.load(settings, false, "db")
		if err != nil {
			return err
		}
		return c.export(cmd.Context(), cfg, args, f)
	}
	return cmd
}

// anyIDs takes one ID or more.
func anyIDs(verb string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usage("devhook requests lists them; latest is one", "%s wants an ID", verb)
		}
		return nil
	}
}

func (f *exportFlags) check(asJSON bool) error {
	switch {
	case f.as == "" && asJSON:
		f.as = "json"
	case f.as == "":
		f.as = "curl"
	case !slices.Contains(exportForms, f.as):
		return usage("write "+strings.Join(exportForms, ", "), "%q is no form to export as", f.as)
	case asJSON && f.as != "json" && f.as != "har":
		return usage("choose one", "--json and --as %s exclude each other", f.as)
	}
	return nil
}

func (c *cli) export(ctx context.Context, cfg *config.Config, refs []string, f exportFlags) (err error) {
	db, err := c.mustRecorded(ctx, cfg)
	if err != nil {
		return err
	}
	defer closing(db, &err)
	e := exporter{c: c, db: db, mask: masks(c.known), as: f.as}
	if f.reveal {
		e.mask = nil
	}
	for _, ref := range refs {
		if err := e.add(ctx, ref); err != nil {
			return err
		}
	}
	var b bytes.Buffer
	if err := e.write(ctx, &b); err != nil {
		return err
	}
	if f.output == "" || f.output == "-" {
		return c.term.bytes(b.Bytes())
	}
	if err := writePrivate(f.output, b.Bytes()); err != nil {
		return failed(err, "name a file that can be written: --output FILE", "%s can't be written: %s", f.output, reason(err))
	}
	c.term.tell("%s in %s, %s", count(len(refs), "request", "requests"), quote(f.output), maskedWords(e.mask))
	return nil
}

func maskedWords(m *export.Mask) string {
	if m == nil {
		return "with credentials"
	}
	return "credentials masked"
}

// writePrivate writes a file that nobody else may read: what senders prove
// themselves with can stand in it.
func writePrivate(name string, data []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o077 != 0 {
		if err := f.Chmod(0o600); err != nil {
			return errors.Join(err, f.Close())
		}
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

// exporter gathers captures and writes them in one form.
type exporter struct {
	c    *cli
	db   *store.DB
	mask *export.Mask // nil reveals
	as   string
	all  []export.Exchange
	size int64
}

// exportBytes bounds what is held in memory for one export.
const exportBytes = 128 << 20

func (e *exporter) add(ctx context.Context, ref string) error {
	c, err := find(ctx, e.db, ref)
	if err != nil {
		return err
	}
	if e.size += c.BodySize; c.BodySize > export.TakeBody || e.size > exportBytes {
		return failed(nil, "devhook show "+shortID(c.ID)+" --raw --reveal writes one whole",
			"the body of %s is too long to be exported: %s", shortID(c.ID), bytesText(c.BodySize))
	}
	x := export.Exchange{Capture: c}
	if x.Body, err = readAll(ctx, e.db, c.ID); err != nil {
		return err
	}
	if e.as == "har" && c.Last != nil {
		deliveries, err := e.db.Deliveries(ctx, c.ID)
		if err != nil {
			return err
		}
		if n := len(deliveries); n > 0 {
			x.Delivery = deliveries[n-1]
			x.Answer, err = readAll(ctx, e.db, x.Delivery.ID)
		}
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	e.all = append(e.all, x)
	return nil
}

func readAll(ctx context.Context, db *store.DB, id string) ([]byte, error) {
	r, err := db.Body(ctx, id)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

func (e *exporter) write(ctx context.Context, w *bytes.Buffer) error {
	switch e.as {
	case "har":
		har, err := export.HAR(e.all, version(), e.mask)
		if err == nil && e.c.json {
			return errors.Join(json.Compact(w, inert(har)), w.WriteByte('\n'))
		}
		w.Write(inert(har))
		return noForm(err)
	case "json":
		return e.json(ctx, w)
	case "http":
		return e.http(w)
	}
	for i, x := range e.all {
		line, err := export.Curl(x.Capture, x.Body, e.mask)
		if err != nil {
			return noForm(err)
		}
		if i > 0 {
			w.WriteByte('\n')
		}
		w.WriteString(line)
	}
	return nil
}

// noForm is the error of a request that fits no form but its bytes.
func noForm(err error) error {
	if err == nil {
		return nil
	}
	return failed(err, "--as http writes one by itself, --as json any", "it has no such form: %s", reason(err))
}

// http writes one request as it came, or several as one .http file.
func (e *exporter) http(w *bytes.Buffer) error {
	if len(e.all) == 1 {
		w.Write(export.Raw(e.all[0].Capture, e.all[0].Body, e.mask))
		return nil
	}
	for i, x := range e.all {
		file, err := export.File(x.Capture, x.Body, e.mask)
		if err != nil {
			return noForm(err)
		}
		if i > 0 {
			w.WriteString("\n\n")
		}
		w.WriteString("### " + shortID(x.Capture.ID) + "\n")
		w.Write(file)
	}
	return nil
}

// json writes captures in full: one, a list, or with --json one a line.
func (e *exporter) json(ctx context.Context, w *bytes.Buffer) error {
	list := len(e.all) > 1 && !e.c.json
	for i, x := range e.all {
		switch {
		case list && i == 0:
			w.WriteByte('[')
		case list:
			w.Truncate(w.Len() - 1) // the line's end
			w.WriteString(",\n")
		}
		if err := e.one(ctx, w, x.Capture); err != nil {
			return err
		}
	}
	if list {
		w.Truncate(w.Len() - 1)
		w.WriteString("]\n")
	}
	return nil
}

// one writes a capture as the API has it, and what import needs beside that: the
// very bytes of a head that is no text, and whether they are masked.
func (e *exporter) one(ctx context.Context, w *bytes.Buffer, c *store.Capture) error {
	full, err := web.CaptureFull(ctx, e.db, c, e.mask, e.mask == nil)
	if err != nil {
		return err
	}
	more := struct {
		Masked bool   `json:"masked"`
		Head   []byte `json:"head_base64,omitempty"`
	}{Masked: e.mask != nil}
	if head := e.mask.Head(c.Head); !utf8.Valid(head) {
		more.Head = head
	}
	first, err := marshal(full)
	if err != nil {
		return err
	}
	second, err := marshal(more)
	if err != nil {
		return err
	}
	w.Write(inert(bytes.TrimSuffix(first, []byte("}\n"))))
	w.WriteByte(',')
	w.Write(second[1:])
	return nil
}
