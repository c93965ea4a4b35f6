package hooks

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// sevenSender follows https://docs.seven.io/en/rest-api/webhooks. Codes 900 and 901 are told by seven.io's PHP client
// only.
func sevenSender() Sender {
	return Sender{
		Name: "seven", Base: "https://gateway.seven.io/api", Credential: "an API key",
		Events: []string{"all", "rcs", "sms_mo", "dlr", "voice_call", "voice_status", "voice_dtmf", "tracking"},
		make: func(a *api, c *Client) error {
			key := a.secrets[0]
			a.sign = func(q *http.Request) { q.Header.Set("X-Api-Key", key) }
			a.judge = sevenJudge
			s := seven{a, c}
			c.list, c.add, c.remove, c.unmake = s.list, s.add, s.remove, s.unmake
			c.takes = []string{"method", "filter"}
			c.instead = map[string]string{
				"update": "add the webhook as it should be and remove the other",
				"test":   "devhook send seven sends a sample event",
			}
			return nil
		},
	}
}

type seven struct {
	*api
	c *Client
}

// sevenCodes are what a bare number means.
var sevenCodes = map[string]string{
	"900": "the API key is wrong",
	"901": "the signature of the call is wrong",
}

// sevenJudge: an answer is JSON with success, or a number alone.
func sevenJudge(a answer) (code, words string, ok bool) {
	var told struct {
		Success bool   `json:"success"`
		Code    loose  `json:"code"`
		Message string `json:"error_message"`
	}
	text := bytes.TrimSpace(a.body)
	if err := json.Unmarshal(text, &told); err != nil {
		code = strings.Trim(string(text), `"`)
		if sevenCodes[code] == "" {
			return "", string(text), false
		}
		return code, sevenCodes[code], false
	}
	if told.Message == "" {
		told.Message = sevenCodes[string(told.Code)]
	}
	return string(told.Code), told.Message, told.Success
}

func (s seven) list(ctx context.Context) ([]Hook, error) {
	var told struct {
		Hooks []struct {
			ID      loose   `json:"id"` // a string here, a number in the answer to an addition
			URL     string  `json:"target_url"`
			Headers string  `json:"headers"`
			Event   string  `json:"event_type"`
			Filter  *string `json:"event_filter"`
			Method  string  `json:"request_method"`
			Enabled bool    `json:"enabled"`
			Created string  `json:"created"`
		} `json:"hooks"`
	}
	if err := s.into(ctx, call{do: "list the webhooks", method: "GET", path: "/hooks"}, &told); err != nil {
		return nil, err
	}
	all := make([]Hook, 0, len(told.Hooks))
	for _, t := range told.Hooks {
		h := Hook{ID: string(t.ID), URL: t.URL, Events: []string{t.Event}, Method: t.Method, State: "disabled"}
		if t.Enabled {
			h.State = "enabled"
		}
		if t.Filter != nil && *t.Filter != "" {
			h.Extra = append(h.Extra, Field{"filter", *t.Filter})
		}
		if names := headerNames(t.Headers); names != "" {
			h.Extra = append(h.Extra, Field{"headers", names})
		}
		h.Extra = append(h.Extra, Field{"created", t.Created})
		all = append(all, h)
	}
	return all, nil
}

// headerNames are the names of header lines; their values are credentials.
func headerNames(lines string) string {
	var names []string
	for line := range strings.Lines(lines) {
		if name, _, ok := strings.Cut(line, ":"); ok {
			names = append(names, strings.TrimSpace(name)+": …")
		}
	}
	return strings.Join(names, ", ")
}

func (s seven) add(ctx context.Context, w Wish) ([]Hook, error) {
	if w.Secret != "" && !strings.Contains(w.Secret, ": ") {
		return nil, wrongWish("seven.io signs with the account's own key; a secret of the webhook is a header line, Name: value")
	}
	before, err := s.list(ctx)
	if err != nil {
		return nil, err
	}
	var made []Hook
	for _, event := range w.Events {
		h, err := s.c.create(ctx, before, w.URL, event, func(ctx context.Context) (Hook, error) { return s.addOne(ctx, w, event) })
		if err != nil {
			return made, partial(made, err)
		}
		made = append(made, h)
	}
	return made, nil
}

func (s seven) addOne(ctx context.Context, w Wish, event string) (Hook, error) {
	form := sevenForm(w, event)
	if w.Secret != "" {
		form.Set("headers", w.Secret)
	}
	if w.Filter != "" {
		form.Set("event_filter", w.Filter)
	}
	var told struct {
		ID loose `json:"id"`
	}
	if err := s.into(ctx, call{do: "add the webhook for " + event, method: "POST", path: "/hooks", form: form, creates: true}, &told); err != nil {
		return Hook{}, err
	}
	h := Hook{ID: string(told.ID), URL: w.URL, Events: []string{event}, Method: w.Method, State: "enabled"}
	if h.Method == "" {
		h.Method = "POST"
	}
	if w.Filter != "" {
		h.Extra = append(h.Extra, Field{"filter", w.Filter})
	}
	return h, nil
}

// sevenForm is what a webhook is made with, and found by when it is removed.
func sevenForm(w Wish, event string) url.Values {
	form := url.Values{"target_url": {w.URL}, "event_type": {event}}
	if w.Method != "" {
		form.Set("request_method", w.Method)
	}
	return form
}

// remove sends a form in the body of a DELETE, as the document has it.
func (s seven) remove(ctx context.Context, id string) error {
	_, err := s.do(ctx, call{do: "remove the webhook " + id, method: "DELETE", path: "/hooks", form: url.Values{"id": {id}}})
	return err
}

func (s seven) unmake(ctx context.Context, w Wish) error {
	if w.Method == "" {
		w.Method = "POST" // the default it was made with; the document asks for all three
	}
	for i, event := range w.Events {
		c := call{do: "remove the webhook for " + event, method: "DELETE", path: "/hooks", form: sevenForm(w, event)}
		if _, err := s.do(ctx, c); err != nil {
			if i > 0 {
				return fmt.Errorf("%w (removed before that: %s)", err, strings.Join(w.Events[:i], ", "))
			}
			return err
		}
	}
	return nil
}
