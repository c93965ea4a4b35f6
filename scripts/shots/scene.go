package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A sender calls one path of the sample app, which answers with these statuses in turn.
type sender struct {
	name, path string
	statuses   []int
}

var senders = []sender{
	{"telerivet", "/hooks/sms", []int{200}},
	{"stripe", "/hooks/pay", []int{200}},
	{"github", "/hooks/github", []int{200, 500, 200}},
	{"seven", "/hooks/seven", []int{200, 401, 200}},
	{"shopify", "/hooks/shop", []int{200, 302, 200}},
	{"slack", "/hooks/slack", []int{200}},
}

// scene is a running devhook up with what it needs.
type scene struct {
	program, dir string
	page         string // where the inspector is
	app          *http.Server
	up           *exec.Cmd
	ended        chan error
	environment  []string
	mu           sync.Mutex
	calls        map[string]int // of the app, by path
}

// open starts the app and devhook, and returns when devhook is ready.
func (s *scene) open(ctx context.Context) error {
	ln, err := net.Listen("tcp", "127.0.0.1:3000") // a port that people know
	if err != nil {
		ln, err = net.Listen("tcp", "127.0.0.1:0")
	}
	if err != nil {
		return err
	}
	s.calls = map[string]int{}
	s.app = &http.Server{Handler: http.HandlerFunc(s.answer), ReadHeaderTimeout: 10 * time.Second}
	go s.app.Serve(ln) // ends when it is closed
	config := "routes:\n"
	s.environment = []string{"HOME=" + s.dir, "PATH=" + os.Getenv("PATH"), "XDG_STATE_HOME=" + s.dir}
	for _, one := range senders {
		variable := strings.ToUpper(one.name) + "_SECRET"
		s.environment = append(s.environment, variable+"="+rand.Text())
		config += fmt.Sprintf("  - path: %s\n    provider: %s\n    secret: env:%s\n", one.path, one.name, variable)
	}
	if err := os.WriteFile(filepath.Join(s.dir, "devhook.yaml"), []byte(config), 0o600); err != nil {
		return err
	}
	_, port, err := net.SplitHostPort(ln.Addr().String())
	if err != nil {
		return err
	}
	s.up = s.command("up", port, "--inspect", "localhost:4040", "--json")
	out, err := s.up.StdoutPipe()
	if err != nil {
		return err
	}
	if err := s.up.Start(); err != nil {
		return err
	}
	s.ended = make(chan error, 1)
	return s.ready(ctx, out)
}

// ready waits for the event that names the inspector.
func (s *scene) ready(ctx context.Context, out io.Reader) error {
	found := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(out)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			var e struct {
				Event string `json:"event"`
				Page  string `json:"inspector_url"`
			}
			if json.Unmarshal(lines.Bytes(), &e) == nil && e.Event == "ready" {
				found <- e.Page
			}
		}
		s.ended <- s.up.Wait()
	}()
	select {
	case s.page = <-found:
		return nil
	case err := <-s.ended:
		s.ended <- err
		return fmt.Errorf("devhook up ended before it was ready: %w", err)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// command is devhook in the scene's folder, without the settings of who runs this.
func (s *scene) command(args ...string) *exec.Cmd {
	cmd := exec.Command(s.program, args...)
	cmd.Dir, cmd.Env, cmd.Stderr = s.dir, s.environment, os.Stderr
	return cmd
}

// close ends devhook and the app.
func (s *scene) close() error {
	var errs []error
	if s.up != nil && s.up.Process != nil {
		errs = append(errs, s.up.Process.Signal(os.Interrupt), <-s.ended)
	}
	if s.app != nil {
		errs = append(errs, s.app.Close())
	}
	return errors.Join(errs...)
}

// answer is the sample app.
func (s *scene) answer(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	n := s.calls[r.URL.Path]
	s.calls[r.URL.Path]++
	s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	for _, one := range senders {
		if one.path != r.URL.Path {
			continue
		}
		status := one.statuses[n%len(one.statuses)]
		select { // an app that has something to do
		case <-time.After(time.Duration(4+n%5*3) * time.Millisecond):
		case <-r.Context().Done():
			return
		}
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"ok":%t,"request":%d}`, status == http.StatusOK, n+1)
		return
	}
	w.WriteHeader(http.StatusNotFound)
	io.WriteString(w, `{"error":"no such path"}`)
}

// play sends what is to be seen, the oldest first.
func (s *scene) play(ctx context.Context) error {
	for _, args := range [][]string{
		{"telerivet.incoming_message", "--count", "4"},
		{"stripe.payment_intent.succeeded", "--count", "3"},
		{"github.push", "--count", "3"},
		{"slack.app_mention", "--count", "2"},
		{"shopify.orders/create", "--count", "2"},
		{"seven.dlr"},
		{"stripe.payment_intent.succeeded", "--bad", "stale"},
		{"telerivet.incoming_message", "--bad", "missing"},
		{"seven.sms_mo", "--bad", "tampered"},
		{"telerivet.incoming_message", "--count", "2"},
		{"stripe.payment_intent.succeeded", "--set", "data.object.amount=950"},
	} {
		cmd := s.command(append([]string{"send"}, args...)...)
		cmd.Stderr = io.Discard // some are to fail
		var exit *exec.ExitError
		if err := cmd.Run(); err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
			return fmt.Errorf("send %s: %w", args[0], err)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	id, err := s.find(ctx, "provider=seven&verdict=invalid")
	if err != nil {
		return err
	}
	return s.command("replay", id, "--resign", "--header", "X-Trace: 1").Run()
}

// find is the ID of the newest capture that a query of the API chooses.
func (s *scene) find(ctx context.Context, query string) (string, error) {
	var found struct {
		Requests []struct {
			ID string `json:"id"`
		} `json:"requests"`
	}
	resp, err := get(ctx, s.page+"/api/requests?limit=1&"+query)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(&found); err != nil {
		return "", err
	}
	if len(found.Requests) == 0 {
		return "", errors.New("no capture for " + strconv.Quote(query))
	}
	return found.Requests[0].ID, nil
}

// get asks the inspector once.
func get(ctx context.Context, url string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	return (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
}
