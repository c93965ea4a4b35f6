package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// startDevhook runs `devhook up` with a database of its own and returns its public address.
func (h *house) startDevhook(ctx context.Context, program, appAddr string) (string, error) {
	program, err := filepath.Abs(program)
	if err != nil {
		return "", err
	}
	h.up, err = h.spawn("devhook", program, "up", "--local", appAddr, "--inspect", "off", "--db", h.database(), "--json")
	if err != nil {
		return "", err
	}
	public, err := h.up.await(ctx, announced)
	if err != nil {
		return "", err
	}
	u, err := url.Parse(public)
	if err != nil {
		return "", err
	}
	return u.Host, nil
}

func (h *house) database() string { return filepath.Join(h.dir, "bench.db") }

// announced finds the public URL in the ready event.
func announced(output string) (string, bool) {
	for line := range strings.Lines(output) {
		var e struct {
			Event     string `json:"event"`
			PublicURL string `json:"public_url"`
		}
		if json.Unmarshal([]byte(line), &e) == nil && e.Event == "ready" {
			return e.PublicURL, true
		}
	}
	return "", false
}

// checkStored ends devhook and then looks into its database: each request that was answered must be there once, with
// one delivery that the app answered with 200.
func (h *house) checkStored(ctx context.Context, w io.Writer, s settings, peers map[string]*peer) error {
	p := peers["devhook"]
	if p == nil {
		return nil
	}
	if err := h.up.stop(); err != nil {
		return err
	}
	sent := int(p.sent.Load())
	cmd := exec.CommandContext(ctx, h.up.cmd.Path, "requests", "--db", h.database(), "--json", "--limit", strconv.Itoa(2*sent))
	cmd.Dir, cmd.Env = h.dir, environment(h.dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	err = compareStored(out, sent)
	if waitErr := cmd.Wait(); err == nil && waitErr != nil {
		err = fmt.Errorf("devhook requests: %w", waitErr)
	}
	if err == nil {
		fmt.Fprintf(w, "\nAll %d requests that went through devhook are in its database, each once and delivered.\n", sent)
	}
	return err
}

// stored is what we need of a capture object.
type stored struct {
	Target       string `json:"target"`
	State        string `json:"state"`
	BodySize     int    `json:"body_size"`
	Deliveries   int    `json:"deliveries_count"`
	LastDelivery struct {
		Status int `json:"status"`
	} `json:"last_delivery"`
}

// compareStored reads capture objects, one a line, and wants the requests 1 to sent among them, each once.
func compareStored(r io.Reader, sent int) error {
	seen := make(map[string]bool, sent)
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var c stored
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			return fmt.Errorf("devhook requests: %w: %q", err, lines.Text())
		}
		if seen[c.Target] {
			return fmt.Errorf("%s is stored twice", c.Target)
		}
		seen[c.Target] = true
		if c.State != "complete" || c.BodySize != bodySize || c.Deliveries != 1 || c.LastDelivery.Status != 200 {
			return fmt.Errorf("%s is stored as %s", c.Target, lines.Text())
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	missing := 0
	for n := range sent {
		if !seen["/hooks/bench?id=devhook-"+strconv.Itoa(n+1)] {
			missing++
		}
	}
	if missing > 0 {
		return fmt.Errorf("%d of %d answered requests are not in the database", missing, sent)
	}
	if len(seen) != sent {
		return errors.New("the database holds " + strconv.Itoa(len(seen)) + " requests, " + strconv.Itoa(sent) + " were sent")
	}
	return nil
}
