package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"devhook/cmd/devhook/config"
)

// inspector listens where the page would be, for an instant.
func (d *doctor) inspector(ctx context.Context) {
	if d.cfg.Inspect == config.Off {
		d.skip("inspector", "it is off")
		return
	}
	host, wanted, err := pageAddress(d.cfg)
	if err != nil {
		d.fail("inspector", err)
		return
	}
	listeners, port, err := listenPage(d.cfg)
	if err != nil {
		d.fail("inspector", err)
		return
	}
	for _, ln := range listeners {
		_ = ln.Close()
	}
	if wanted == 0 || port == wanted {
		d.ok("inspector", "%s is free", pageURL(host, port))
		return
	}
	taken := pageURL(host, wanted)
	d.note("inspector", "name another with --inspect, or end what is there", "%s is taken by %s; it would be at %s", taken, d.holder(ctx, taken), pageURL(host, port))
}

// holder says who has the inspector's port.
func (d *doctor) holder(ctx context.Context, page string) string {
	for _, i := range d.running {
		if i.InspectorURL == page {
			return fmt.Sprintf("devhook up, process %d", i.PID)
		}
	}
	const other = "another program"
	ctx, cancel := context.WithTimeout(ctx, lookFor)
	defer cancel()
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, page+"/api/status", nil)
	if err != nil {
		return other
	}
	res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(q)
	if err != nil {
		return other
	}
	defer res.Body.Close()
	var status struct {
		App     string `json:"local_url"`
		Version string `json:"version"`
	}
	guarded := res.Header.Get("Cross-Origin-Opener-Policy") == "same-origin" && res.Header.Get("X-Frame-Options") == "DENY"
	switch err := json.NewDecoder(io.LimitReader(res.Body, 1<<20)).Decode(&status); {
	case err == nil && status.App != "" && status.Version != "":
		return "another devhook up, for " + quote(status.App)
	case res.StatusCode == http.StatusForbidden && guarded:
		return "the devhook of another user"
	case res.StatusCode == http.StatusUnauthorized && guarded:
		return "a devhook that asks for a token"
	}
	return other
}
