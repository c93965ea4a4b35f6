package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"devhook/inspector/provider"
)

// A peer is the Node.js process with the packages. It answers one question at a time.
type peer struct {
	cmd   *exec.Cmd
	in    io.WriteCloser
	out   *bufio.Reader
	about about
}

// about is what the process says of itself first.
type about struct {
	Node string               `json:"node"`
	SDKs map[string]installed `json:"sdks"`
}

// installed is one way of one package to verify and, with Signs, to sign.
type installed struct {
	Package, Version, Fault string
	Signs                   bool
}

// A question is one line to the process. Secrets go this way too, never by its arguments.
type question struct {
	SDK     string            `json:"sdk"`
	Do      string            `json:"do"`
	Secret  string            `json:"secret"`
	URL     string            `json:"url"`
	Method  string            `json:"method"`
	Headers map[string]string `json:"headers"`
	Body    []byte            `json:"body"`
	Now     int64             `json:"now"` // milliseconds since 1970
}

// An answer to "verify" has OK, and Why if it is false; one to "sign" has Headers, and what the package chose itself.
type answer struct {
	OK      bool
	Why     string
	Fault   string // the question could not be answered at all
	Headers map[string]string
	URL     string
	Method  string
	Body    []byte
}

// start runs agree.mjs in a folder that has the packages, until ctx ends or stop is called.
func start(ctx context.Context, node, dir string) (*peer, error) {
	p := &peer{cmd: exec.CommandContext(ctx, node, "agree.mjs")}
	p.cmd.Dir = dir
	p.cmd.Stderr = os.Stderr
	in, err := p.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.in, p.out = in, bufio.NewReader(out)
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", node, err)
	}
	if err := p.read(&p.about); err != nil {
		return nil, errors.Join(fmt.Errorf("load the packages: %w", err), p.stop())
	}
	return p, nil
}

// stop ends the process by ending its input.
func (p *peer) stop() error {
	p.in.Close()
	return p.cmd.Wait()
}

func (p *peer) read(v any) error {
	line, err := p.out.ReadBytes('\n')
	if err != nil {
		return err
	}
	return json.Unmarshal(line, v)
}

// ask puts a question about a request.
func (p *peer) ask(sdk, do string, q *provider.Request, secret string) (answer, error) {
	line, err := json.Marshal(question{
		SDK: sdk, Do: do, Secret: secret, URL: q.URL, Method: q.Method, Headers: headers(q), Body: append([]byte{}, q.Body...), Now: q.At.UnixMilli(),
	})
	if err != nil {
		return answer{}, err
	}
	if _, err := p.in.Write(append(line, '\n')); err != nil {
		return answer{}, err
	}
	var a answer
	if err := p.read(&a); err != nil {
		return answer{}, err
	}
	if a.Fault != "" {
		return answer{}, fmt.Errorf("%s: %s: %s", sdk, do, a.Fault)
	}
	return a, nil
}

// headers are a request's as Node.js would hand them on: lines of one name joined.
func headers(q *provider.Request) map[string]string {
	all := map[string]string{}
	for _, f := range q.Fields {
		if old, ok := all[f.Name]; ok {
			all[f.Name] = old + ", " + f.Value
			continue
		}
		all[f.Name] = f.Value
	}
	return all
}

// at is the moment at which every sample is signed.
var at = time.Unix(1795299200, 0).UTC()
