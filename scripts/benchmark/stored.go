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
	"strconv"
	"strings"
	"time"

	"devhook/store"
)

// A record is where one devhook keeps what went through it.
type record struct {
	program, dir string
	up           *process
}

// indexed waits until all texts are in devhook's index, which it fills in the background.
func (r *record) indexed(ctx context.Context) error {
	db, err := store.Open(ctx, store.Options{Path: database(r.dir)})
	if err != nil {
		return err
	}
	defer db.Close()
	const most = 2 * time.Minute
	for began := time.Now(); time.Since(began) < most; {
		n, err := db.Unindexed(ctx)
		if err != nil || n == 0 {
			return err
		}
		if err := wait(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
	return fmt.Errorf("the index of texts is not filled after %v", most)
}

// checkStored ends a devhook and then looks into its database: each request that was answered must be there once, with one
// delivery that the app answered with 200. The one that doesn't record must have none. It says what it saw.
func (h *house) checkStored(ctx context.Context, name string) (string, error) {
	sent := int(h.peers[name].sent.Load())
	want := sent
	if name == off {
		want = 0
	}
	if err := h.records[name].check(ctx, name, want); err != nil {
		return "", err
	}
	if want == 0 {
		return fmt.Sprintf("%d requests went through %s, which keeps none: its database is empty.", sent, title(name)), nil
	}
	return fmt.Sprintf("All %d requests that went through %s are in its database, each once and delivered.", sent, title(name)), nil
}

func (r *record) check(ctx context.Context, name string, want int) error {
	if err := r.up.stop(); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, r.program, "requests", "--db", database(r.dir), "--json", "--limit", strconv.Itoa(2*want+1))
	cmd.Dir, cmd.Env = r.dir, environment(r.dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	err = compareStored(out, name, want)
	if err != nil {
		_, _ = io.Copy(io.Discard, out)
	}
	if waitErr := cmd.Wait(); err == nil && waitErr != nil {
		err = fmt.Errorf("devhook requests: %w", waitErr)
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

// compareStored reads capture objects, one a line, and wants the requests 1 to sent of a peer among them, each once.
func compareStored(r io.Reader, peer string, sent int) error {
	seen := make(map[string]bool, sent)
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var c stored
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			return fmt.Errorf("devhook requests: %w: %q", err, lines.Text())
		}
		id, size, err := asked(c.Target)
		if err != nil {
			return err
		}
		if seen[id] {
			return fmt.Errorf("%s is stored twice", c.Target)
		}
		seen[id] = true
		if c.State != "complete" || c.BodySize != size || c.Deliveries != 1 || c.LastDelivery.Status != 200 {
			return fmt.Errorf("%s is stored as %s", c.Target, lines.Text())
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	missing := 0
	for n := range sent {
		if !seen[requestID(peer, n+1)] {
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

// asked is which request a target is of, and how long its body was.
func asked(target string) (id string, size int, err error) {
	_, text, _ := strings.Cut(target, "?")
	q, err := url.ParseQuery(text)
	if err != nil {
		return "", 0, err
	}
	size, err = strconv.Atoi(q.Get("size"))
	if err != nil {
		return "", 0, fmt.Errorf("target %q is not ours: %w", target, err)
	}
	return q.Get("id"), size, nil
}
