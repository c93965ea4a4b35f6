//go:build unix

package main_test

import (
	"crypto/sha256"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"devhook/inspector/provider"
)

// TestEverySender goes the whole way for every sample event of every sender: devhook send signs it, it crosses the tunnel,
// is captured, judged valid where there is anything to judge, told by its name, answered, and signed again for a replay.
func TestEverySender(t *testing.T) {
	_, port := startSocketApp(t, func(string) (string, bool) { return "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", true })
	db := filepath.Join(t.TempDir(), "state", "devhook.db")
	env, routes := environ(t), []string(nil)
	for _, p := range provider.All() {
		route := p.Name + "@/h/" + p.Name
		if p.Sign != nil {
			check, sign := p.MakeSecret(sha256.Sum256([]byte(p.Name)))
			env = append(env, variable("CHECK", p)+"="+check, variable("SIGN", p)+"="+sign)
			route += "=env:" + variable("CHECK", p)
		}
		routes = append(routes, "--verify", route)
	}
	u := startUp(t, db, env, nil, append([]string{"--local", port, "--inspect", "off"}, routes...)...)
	for _, p := range provider.All() {
		for _, s := range p.Samples() {
			sendOne(t, u, env, p, s)
		}
	}
}

func variable(kind string, p *provider.Provider) string {
	return kind + "_" + strings.ToUpper(strings.ReplaceAll(p.Name, "-", "_"))
}

func sendOne(t *testing.T, u *up, env []string, p *provider.Provider, s provider.Sample) {
	args := []string{"send", p.Name + "." + s.Event, "--to", u.public + "/h/" + p.Name, "--json", "--db", u.db}
	if p.Sign != nil {
		args = append(args, "--secret", "env:"+variable("SIGN", p))
	}
	out, errs, code := devhook(t, env, args...)
	if code != 0 {
		t.Errorf("%s.%s: exit %d: %s%s", p.Name, s.Event, code, out, errs)
		return
	}
	var sent struct {
		Event, URL string
		Accepted   bool
		ID         string `json:"event_id"`
	}
	if err := json.Unmarshal([]byte(out), &sent); err != nil || !sent.Accepted || sent.Event != s.Event || s.ID != "" && (sent.ID == s.ID || sent.ID == "") {
		t.Errorf("%s.%s: %v, sent as %s", p.Name, s.Event, err, out)
	}
	c := captured(t, u.db, "--limit", "1")[0]
	want := "valid"
	switch {
	case p.Sign == nil && p.Sources != nil:
		want = "invalid" // it is proven by where it calls from, and this machine is none of that
	case p.Sign == nil:
		want = "unchecked"
	}
	if c["verdict"] != want || c["provider"] != p.Name || c["event"] != s.Event || c["event_id"] != sent.ID || c["failed"] != false || c["duplicate_of"] != nil {
		t.Errorf("%s.%s was captured as %v, want it %s", p.Name, s.Event, c, want)
	}
	if p.Sign == nil {
		return
	}
	// To the public address once more, so that what was signed again is judged again.
	_, errs, code = devhook(t, env, "replay", "latest", "--resign", "--to", u.public, "--db", u.db, "--verify", p.Name+"=env:"+variable("SIGN", p))
	again := captured(t, u.db, "--limit", "1")[0]
	if code != 0 || again["id"] == c["id"] || again["verdict"] != "valid" || again["event_id"] != sent.ID || sent.ID != "" && again["duplicate_of"] != c["id"] {
		t.Errorf("%s.%s: replay: exit %d: %s, captured as %v", p.Name, s.Event, code, errs, again)
	}
}
