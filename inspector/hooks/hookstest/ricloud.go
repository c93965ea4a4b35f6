package hookstest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

type ricloudConfig struct {
	ID           string `json:"id"`
	Resource     string `json:"resource"`
	Organisation string `json:"organisation"`
	URL          string `json:"url"`
	Secret       string `json:"secret"`
	State        string `json:"state"`
	Created      string `json:"date_created"`
}

type ricloud struct {
	mu      sync.Mutex
	token   string
	next    int
	configs []*ricloudConfig
	used    *string // the config that the key is set to
	client  *http.Client
	tests   sync.WaitGroup
}

// Ricloud is ricloud's API for one key token. test is the method that its test call takes: the page has GET, the client
// ricloud-py sends POST. A creation, a change and a test send a signed test event to the webhook at once, whose answer
// makes its state. How a refusal looks is in no document: a text in detail is made up. Other events go to the webhook that
// the key is set to, by the page on keys and, for the paths, ricloud-py; there is no default of the organisation's here.
func Ricloud(token, test string) *Fake {
	c := &ricloud{token: token, next: 1, client: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second}}
	f := newFake()
	f.mux.HandleFunc("POST /configs/webhook", c.guard(c.create))
	f.mux.HandleFunc("GET /configs/webhook", c.guard(c.list))
	f.mux.HandleFunc("GET /configs/webhook/{id}", c.guard(c.one(c.retrieve)))
	f.mux.HandleFunc("POST /configs/webhook/{id}", c.guard(c.one(c.update)))
	f.mux.HandleFunc(test+" /configs/webhook/{id}/test", c.guard(c.one(c.again)))
	f.mux.HandleFunc("GET /key", c.guard(c.key))
	f.mux.HandleFunc("POST /keys/{id}", c.guard(c.setKey))
	f.targets = c.targets
	return f
}

func (c *ricloud) guard(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Token "+c.token {
			ricloudRefuses(w, http.StatusUnauthorized, "Invalid token.")
			return
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		next(w, r)
	}
}

func ricloudRefuses(w http.ResponseWriter, status int, why string) {
	answer(w, status, map[string]string{"detail": why})
}

func (c *ricloud) create(w http.ResponseWriter, r *http.Request) {
	var wish struct {
		URL string `json:"url"`
	}
	if wrong := object(r, &wish); wrong != "" {
		ricloudRefuses(w, http.StatusBadRequest, wrong)
		return
	}
	if !address(wish.URL) {
		ricloudRefuses(w, http.StatusBadRequest, "url: Enter a valid URL.")
		return
	}
	one := &ricloudConfig{
		ID: fmt.Sprintf("wc%04d", c.next), Resource: "webhook_config", Organisation: "org1", URL: wish.URL,
		Secret: fmt.Sprintf("ricloud-made-%d", c.next), State: "new", Created: "2026-11-21T22:10:03Z",
	}
	c.next++
	c.configs = append(c.configs, one)
	answer(w, http.StatusCreated, one)
	c.test(*one)
}

// test sends the event from elsewhere, as a task does, and sets the state by its answer.
func (c *ricloud) test(one ricloudConfig) {
	c.tests.Go(func() {
		state := "invalid"
		if c.send(one) {
			state = "valid"
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		for _, now := range c.configs {
			if now.ID == one.ID && now.State != "deactivated" {
				now.State = state
			}
		}
	})
}

func (c *ricloud) send(one ricloudConfig) bool {
	body, err := json.Marshal(map[string]any{
		"id": "ev-" + one.ID, "resource": "event", "type": "webhook_config", "action": "test", "slug": "webhook_config.test",
		"data": map[string]string{"id": one.ID, "resource": "webhook_config"}, "state": "pending", "retries": 0,
		"date_created": "2026-11-21T22:10:03Z", "date_delivered": nil,
	})
	if err != nil {
		return false
	}
	at := fmt.Sprint(time.Now().Unix())
	sum := hmac.New(sha256.New, []byte(one.Secret))
	fmt.Fprintf(sum, "%s.%s", at, body)
	q, err := http.NewRequest(http.MethodPost, one.URL, strings.NewReader(string(body)))
	if err != nil {
		return false
	}
	q.Header.Set("Content-Type", "application/json")
	q.Header.Set("Ricloud-Signature", "t="+at+",s="+base64.StdEncoding.EncodeToString(sum.Sum(nil)))
	res, err := c.client.Do(q)
	if err != nil {
		return false
	}
	_ = res.Body.Close()
	return res.StatusCode < 300
}

func (c *ricloud) list(w http.ResponseWriter, r *http.Request) {
	if wrong := parameters(r.URL.Query(), nil, []string{"state", "date_created"}); wrong != "" {
		ricloudRefuses(w, http.StatusBadRequest, wrong)
		return
	}
	state := r.URL.Query().Get("state")
	found := []*ricloudConfig{}
	for _, one := range c.configs {
		if state == one.State || state == "" && one.State != "deactivated" {
			found = append(found, one)
		}
	}
	answer(w, http.StatusOK, map[string]any{"data": found, "has_more": false, "url": "/configs/webhook"})
}

// one finds the webhook that the path names.
func (c *ricloud) one(next func(http.ResponseWriter, *http.Request, *ricloudConfig)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		i := slices.IndexFunc(c.configs, func(one *ricloudConfig) bool { return one.ID == r.PathValue("id") })
		if i < 0 {
			ricloudRefuses(w, http.StatusNotFound, "Not found.")
			return
		}
		next(w, r, c.configs[i])
	}
}

func (c *ricloud) retrieve(w http.ResponseWriter, _ *http.Request, one *ricloudConfig) {
	answer(w, http.StatusOK, one)
}

func (c *ricloud) update(w http.ResponseWriter, r *http.Request, one *ricloudConfig) {
	var wish struct {
		URL   *string `json:"url"`
		State *string `json:"state"`
	}
	wrong := object(r, &wish)
	switch {
	case wrong != "":
	case wish.URL != nil && !address(*wish.URL):
		wrong = "url: Enter a valid URL."
	case wish.State != nil && *wish.State != "new" && *wish.State != "deactivated":
		wrong = "state: only new or deactivated."
	}
	if wrong != "" {
		ricloudRefuses(w, http.StatusBadRequest, wrong)
		return
	}
	one.State = "new"
	if wish.URL != nil {
		one.URL = *wish.URL
	}
	if wish.State != nil {
		one.State = *wish.State
	}
	answer(w, http.StatusOK, one)
	if one.State == "new" {
		c.test(*one)
	}
}

func (c *ricloud) again(w http.ResponseWriter, _ *http.Request, one *ricloudConfig) {
	answer(w, http.StatusOK, map[string]string{"id": "task1", "resource": "task", "action": "webhook_config.test", "state": "new"})
	c.test(*one)
}
