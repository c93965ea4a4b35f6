package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"os/exec"

	"devhook/inspector/hooks/hookstest"
)

// clientCalls are what the senders' own clients do in hooks.mjs, with what must come of it. Those of Telerivet have no
// call for webhooks that are no services.
var clientCalls = []string{
	`{"name":"seven add","got":true}`,
	`{"name":"seven list","got":[["https://a.example/x","all","JSON","49"]]}`,
	`{"name":"seven rm","got":true}`,
	`{"name":"seven list none","got":[]}`,
	`{"name":"seven wrong key"}`,
	`{"name":"telerivet projects","got":["PJ1","PJ2","PJ3"]}`,
	`{"name":"telerivet add","got":"x"}`,
	`{"name":"telerivet list","got":["Auto-Reply","x"]}`,
	`{"name":"telerivet config","got":"https://a.example/s"}`,
	`{"name":"telerivet update","got":"https://b.example"}`,
	`{"name":"telerivet rm","got":{}}`,
	`{"name":"telerivet wrong filter"}`,
}

// A clientCall is one line of hooks.mjs. One without Got is refused.
type clientCall struct {
	Name  string          `json:"name"`
	Got   json.RawMessage `json:"got"`
	Fault string          `json:"fault"`
}

// register runs the senders' own clients against the APIs that inspector/hooks is tested with.
func register(ctx context.Context, w io.Writer, node, dir string) (agreed bool, err error) {
	seven := httptest.NewServer(hookstest.Seven("k"))
	defer seven.Close()
	telerivet := httptest.NewServer(hookstest.Telerivet("k", 1, "PJ1", "PJ2", "PJ3")) // a page for each entry
	defer telerivet.Close()
	cmd := exec.CommandContext(ctx, node, "hooks.mjs", seven.URL, telerivet.URL+"/v1")
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return false, fmt.Errorf("run hooks.mjs: %w", err)
	}
	lines := bytes.Split(bytes.TrimSpace(out), []byte("\n"))
	agreed = true
	for i, text := range clientCalls {
		var want, got clientCall
		if err := json.Unmarshal([]byte(text), &want); err != nil {
			return false, err
		}
		if i < len(lines) {
			if err := json.Unmarshal(lines[i], &got); err != nil {
				return false, fmt.Errorf("read a line of hooks.mjs: %w", err)
			}
		}
		if got.Name != want.Name || !bytes.Equal(got.Got, want.Got) || (got.Fault == "") != (want.Got != nil) {
			fmt.Fprintf(w, "FAIL registering: %s came back from %s\n", lines[min(i, len(lines)-1)], text)
			agreed = false
		}
	}
	fmt.Fprintf(w, "note: the clients of seven.io and Telerivet registered webhooks at devhook's own APIs of them: %d calls\n", len(clientCalls))
	return agreed, nil
}
