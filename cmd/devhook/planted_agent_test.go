//go:build unix

package main_test

import (
	"fmt"
	"testing"
)

// agentsHide looks at what a coding agent gets, refusals too, and says how many replays it made that must be let in.
func agentsHide(t *testing.T, env []string, db string, ids, routes []string) (replayed int) {
	t.Helper()
	s := mcpSession(t, env, append([]string{"--db", db}, routes...)...)
	for i, id := range ids {
		for _, tool := range []string{"show", "verify", "replay"} {
			_, text, refused := use(t, s, tool, map[string]any{"id": id})
			if refused && (tool != "verify" || i == 3 || i == 4) { // those of no known sender can't be checked
				t.Errorf("%s %s: %s", tool, id, text)
			}
			search(t, "mcp: "+tool, text)
		}
		if i > 0 {
			replayed++
		}
	}
	resigned := map[string]any{"id": ids[0], "resign": true}
	d, text, refused := use(t, s, "replay", resigned)
	if refused || d["status"] != 200.0 {
		t.Errorf("re-signed: %s", text)
	}
	search(t, "mcp: replay", text)
	replayed++
	for i, c := range []struct {
		tool      string
		arguments map[string]any
	}{
		{"list", nil},
		{"wait", map[string]any{"path": "/hooks", "since": "1h", "timeout": 30}},
		{"wait", map[string]any{"path": "/never", "timeout": 0.01}},
		{"send", map[string]any{"event": "telerivet.incoming_message", "bad": "wrong-secret"}},
		{"show", map[string]any{"id": ids[4], "reveal": true}},
		{"replay", map[string]any{"id": ids[4], "to": fmt.Sprintf("http://192.0.2.%d/?token=%s", 1, plantedQuery)}},
		{"show", map[string]any{"id": "nosuchid"}},
	} {
		_, text, refused := use(t, s, c.tool, c.arguments)
		if refused != (i > 3) {
			t.Errorf("%s %v: %s", c.tool, c.arguments, text)
		}
		search(t, "mcp: "+c.tool, text)
	}
	return replayed
}
