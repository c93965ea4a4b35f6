package hooks

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
)

// zipwhipSender follows Zipwhip's webhook guide of 2015 and, for the login, its guide for beginners. The event change
// of type optout is told by https://developers.zipwhip.com/api/webhooks. How a refusal looks is in none of them: every
// text of an answer that isn't success is taken for its words.
func zipwhipSender() Sender {
	return Sender{
		Name: "zipwhip", Base: "https://api.zipwhip.com", Credential: "PHONE:PASSWORD of the text-enabled number",
		Events: []string{"receive", "send", "progress", "read", "delete", "optout"},
		make: func(a *api, c *Client) error {
			phone, password, ok := strings.Cut(a.secrets[0], ":")
			if !ok || phone == "" || password == "" {
				return wrongWish("Zipwhip wants %s", "PHONE:PASSWORD of the text-enabled number")
			}
			a.secrets = append(a.secrets, password)
			a.sign = func(*http.Request) {} // the session stands among the parameters
			a.judge = zipwhipJudge
			z := &zipwhip{api: a, c: c, phone: phone, password: password}
			c.list, c.add, c.update, c.remove = z.list, z.add, z.update, z.remove
			c.takes = []string{"method"}
			c.instead = map[string]string{"test": "devhook send zipwhip sends a sample event"}
			return nil
		},
	}
}

type zipwhip struct {
	*api
	c               *Client
	phone, password string
	session         string // "" before the login
}

func zipwhipJudge(a answer) (code, words string, ok bool) {
	var told struct {
		Success  bool            `json:"success"`
		Response json.RawMessage `json:"response"`
		Code     loose           `json:"code"`
		Desc     string          `json:"desc"`
		Error    loose           `json:"error"`
		Message  string          `json:"message"`
	}
	if err := json.Unmarshal(a.body, &told); err != nil {
		return "", string(a.body), false
	}
	var text string
	if json.Unmarshal(told.Response, &text) != nil {
		text = ""
	}
	for _, words = range []string{told.Desc, string(told.Error), told.Message, text} {
		if words != "" {
			break
		}
	}
	return string(told.Code), words, told.Success
}

// with is a form with the session, which is asked for when it is first needed; it does not expire.
func (z *zipwhip) with(ctx context.Context, pairs ...string) (url.Values, error) {
	if z.session == "" {
		var told struct {
			Response string `json:"response"`
		}
		err := z.into(ctx, call{
			do: "log in", method: "POST", path: "/user/login",
			form: url.Values{"username": {z.phone}, "password": {z.password}},
		}, &told)
		if err != nil {
			return nil, err
		}
		z.session = told.Response
		z.secrets = append(z.secrets, told.Response)
	}
	form := url.Values{"session": {z.session}}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			form.Set(pairs[i], pairs[i+1])
		}
	}
	return form, nil
}

type zipwhipHooks struct {
	Response []struct {
		ID     loose  `json:"webhookId"`
		Type   string `json:"type"`
		Event  string `json:"event"`
		URL    string `json:"url"`
		Method string `json:"method"`
	} `json:"response"`
}

func (told zipwhipHooks) hooks() []Hook {
	all := make([]Hook, 0, len(told.Response))
	for _, t := range told.Response {
		event := t.Event
		if t.Type == "optout" {
			event = t.Type
		}
		all = append(all, Hook{ID: string(t.ID), URL: t.URL, Events: []string{event}, Method: t.Method, Extra: []Field{{"type", t.Type}}})
	}
	return all
}

// first is the one webhook that an answer is about.
func (z *zipwhip) first(c call, told zipwhipHooks) (Hook, error) {
	if all := told.hooks(); len(all) > 0 {
		return all[0], nil
	}
	return Hook{}, &Error{Do: c.do, Title: z.title, Status: http.StatusOK, Words: "success, without a webhook", Tries: 1, Unsure: true, Foreign: true}
}

func (z *zipwhip) list(ctx context.Context) ([]Hook, error) {
	query, err := z.with(ctx)
	if err != nil {
		return nil, err
	}
	var told zipwhipHooks
	err = z.into(ctx, call{do: "list the webhooks", method: "GET", path: "/webhook/list", query: query}, &told)
	return told.hooks(), err
}

func (z *zipwhip) add(ctx context.Context, w Wish) ([]Hook, error) {
	if w.Secret != "" {
		return nil, wrongWish("Zipwhip has no secrets; its webhooks are known by the addresses that call")
	}
	before, err := z.list(ctx)
	if err != nil {
		return nil, err
	}
	var made []Hook
	for _, event := range w.Events {
		h, err := z.c.create(ctx, before, w.URL, event, func(ctx context.Context) (Hook, error) { return z.addOne(ctx, w, event) })
		if err != nil {
			return made, partial(made, err)
		}
		made = append(made, h)
	}
	if len(made) > 1 {
		z.c.note("Zipwhip's requests do not name their event: a URL for each, ending in its name, tells them apart")
	}
	return made, nil
}

func (z *zipwhip) addOne(ctx context.Context, w Wish, event string) (Hook, error) {
	kind, name := "message", event
	if event == "optout" {
		kind, name = "optout", "change"
		z.c.note("the type optout is not in Zipwhip's guide, only on its newer page")
	}
	form, err := z.with(ctx, "type", kind, "event", name, "url", w.URL, "method", w.Method)
	if err != nil {
		return Hook{}, err
	}
	c := call{do: "add the webhook for " + event, method: "POST", path: "/webhook/add", form: form, creates: true}
	var told zipwhipHooks
	if err := z.into(ctx, c, &told); err != nil {
		return Hook{}, err
	}
	return z.first(c, told)
}

// update always names the webhook: the guide's table asks for its ID, the guide's example leaves it out.
func (z *zipwhip) update(ctx context.Context, id string, w Wish) (Hook, error) {
	if len(w.Events) > 0 || w.Secret != "" || w.State != "" || w.Filter != "" || w.URL == "" && w.Method == "" {
		return Hook{}, wrongWish("Zipwhip changes the URL and the method of a webhook, nothing else")
	}
	form, err := z.with(ctx, "webhookId", id, "url", w.URL, "method", w.Method)
	if err != nil {
		return Hook{}, err
	}
	c := call{do: "update the webhook " + id, method: "POST", path: "/webhook/update", form: form}
	var told zipwhipHooks
	if err := z.into(ctx, c, &told); err != nil {
		return Hook{}, err
	}
	return z.first(c, told)
}

func (z *zipwhip) remove(ctx context.Context, id string) error {
	form, err := z.with(ctx, "webhookId", id)
	if err != nil {
		return err
	}
	_, err = z.do(ctx, call{do: "remove the webhook " + id, method: "POST", path: "/webhook/delete", form: form})
	return err
}
