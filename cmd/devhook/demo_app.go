package main

import (
	"bytes"
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"strings"
	"time"

	"devhook/inspector/provider"
)

// sampleApp is the demo's app: what a developer would have on localhost.
type sampleApp struct {
	url    string
	server *http.Server
}

func startSampleApp(secret string) (*sampleApp, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /hooks/sms", func(w http.ResponseWriter, r *http.Request) { answerSMS(w, r, secret) })
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("the sample app got it\n")) })
	app := &sampleApp{
		url:    "http://" + ln.Addr().String(),
		server: &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second},
	}
	go func() { _ = app.server.Serve(ln) }() // ends with close
	return app, nil
}

func (a *sampleApp) close() { _ = a.server.Close() }

// answerSMS does what Telerivet's documentation asks for: compare the secret,
// answer 403 to a wrong one, and reply to the message with status 200.
func answerSMS(w http.ResponseWriter, r *http.Request, secret string) {
	if subtle.ConstantTimeCompare([]byte(r.PostFormValue("secret")), []byte(secret)) != 1 {
		http.Error(w, "the secret is missing or wrong", http.StatusForbidden)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{
		"messages": []map[string]string{{"content": "Thanks, we got: " + r.PostFormValue("content")}},
	})
}

// postSample sends one of Telerivet's samples, signed with secret.
func postSample(ctx context.Context, url string, n int, secret provider.Secret, now time.Time) (status int, err error) {
	p, ok := provider.ByName("telerivet")
	if !ok || p.Samples == nil {
		return 0, errors.New("no sample of Telerivet's is known")
	}
	samples := p.Samples()
	sample := samples[n%len(samples)].Request
	sample.URL = url
	if _, err := p.Resign(&sample, secret, now); err != nil {
		return 0, err
	}
	q, err := http.NewRequestWithContext(ctx, sample.Method, url, bytes.NewReader(sample.Body))
	if err != nil {
		return 0, err
	}
	for _, f := range sample.Fields {
		if !strings.EqualFold(f.Name, "Host") && !strings.EqualFold(f.Name, "Content-Length") {
			q.Header.Add(f.Name, f.Value)
		}
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 30 * time.Second}
	res, err := client.Do(q)
	if err != nil {
		return 0, err
	}
	return res.StatusCode, res.Body.Close()
}
