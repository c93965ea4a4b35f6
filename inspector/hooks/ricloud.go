package hooks

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// ricloudSender follows Reincubate's page on webhook configs. That a list is {data, has_more} is told by the client
// ricloud-py only, and that a test is a POST: the page has GET. Adding a webhook replaces none, but a key's events go to
// the one that the key is set to: see ricloud_key.go.
func ricloudSender() Sender {
	return Sender{
		Name: "ricloud", Base: "https://ricloud-api.reincubate.com", Credential: "a key token", Makes: true, Chooses: true,
		make: func(a *api, c *Client) error {
			token := a.secrets[0]
			a.sign = func(q *http.Request) { q.Header.Set("Authorization", "Token "+token) }
			a.judge = ricloudJudge
			r := ricloud{a, c}
			c.list, c.add, c.update, c.remove, c.test = r.list, r.add, r.update, r.remove, r.test
			c.inUse, c.use = r.inUse, r.use
			return nil
		},
	}
}

type ricloud struct {
	*api
	c *Client
}

// ricloudJudge: the page says nothing of refusals, so whatever text there is counts as words.
func ricloudJudge(a answer) (code, words string, ok bool) {
	if a.status < 300 {
		return "", "", true
	}
	var told struct {
		Detail  string          `json:"detail"`
		Message string          `json:"message"`
		Error   json.RawMessage `json:"error"`
		Code    loose           `json:"code"`
	}
	if json.Unmarshal(a.body, &told) != nil {
		return "", string(a.body), false
	}
	for _, words = range []string{told.Detail, told.Message, strings.Trim(string(told.Error), `"`), string(a.body)} {
		if words != "" {
			break
		}
	}
	return string(told.Code), words, false
}

type ricloudConfig struct {
	ID           loose  `json:"id"`
	Organisation loose  `json:"organisation"`
	URL          string `json:"url"`
	Secret       string `json:"secret"`
	State        string `json:"state"`
	Created      string `json:"date_created"`
}

func (t ricloudConfig) hook() Hook {
	h := Hook{ID: string(t.ID), URL: t.URL, State: t.State, Secret: t.Secret}
	if t.Organisation != "" {
		h.Extra = append(h.Extra, Field{"organisation", string(t.Organisation)})
	}
	if t.Created != "" {
		h.Extra = append(h.Extra, Field{"created", t.Created})
	}
	return h
}

const ricloudPath = "/configs/webhook"

func (r ricloud) list(ctx context.Context) ([]Hook, error) {
	var told struct {
		Data []ricloudConfig `json:"data"`
		More bool            `json:"has_more"`
	}
	if err := r.into(ctx, call{do: "list the webhooks", method: "GET", path: ricloudPath}, &told); err != nil {
		return nil, err
	}
	if told.More {
		r.c.note("ricloud has more webhooks than it lists at once, and its page does not say how to ask for them")
	}
	all := make([]Hook, 0, len(told.Data))
	for _, t := range told.Data {
		all = append(all, t.hook())
	}
	return all, nil
}

func (r ricloud) one(ctx context.Context, id string) (Hook, error) {
	var told ricloudConfig
	err := r.into(ctx, call{do: "read the webhook " + id, method: "GET", path: ricloudPath + "/" + url.PathEscape(id)}, &told)
	return told.hook(), err
}

// add makes a webhook, which ricloud tests at once, and follows its state until the test is over.
func (r ricloud) add(ctx context.Context, w Wish) ([]Hook, error) {
	if w.Secret != "" {
		return nil, wrongWish("ricloud makes the secret itself")
	}
	before, err := r.list(ctx)
	if err != nil {
		return nil, err
	}
	made, err := r.c.create(ctx, before, w.URL, "", func(ctx context.Context) (Hook, error) {
		var told ricloudConfig
		err := r.into(ctx, call{do: "add the webhook", method: "POST", path: ricloudPath, json: map[string]string{"url": w.URL}, creates: true}, &told)
		return told.hook(), err
	})
	if err != nil {
		return nil, err
	}
	after, err := r.settled(ctx, made, false)
	if err != nil {
		return []Hook{made}, partial([]Hook{made}, err)
	}
	return []Hook{after}, nil
}

func (r ricloud) update(ctx context.Context, id string, w Wish) (Hook, error) {
	change := map[string]string{}
	if w.URL != "" {
		change["url"] = w.URL
	}
	if w.State != "" {
		change["state"] = w.State
	}
	if w.Secret != "" || w.Method != "" || w.Filter != "" || len(change) == 0 {
		return Hook{}, wrongWish("ricloud changes the URL and the state of a webhook, nothing else")
	}
	h, err := r.post(ctx, "update the webhook "+id, id, change)
	if err != nil || h.State == ricloudOff {
		return h, err
	}
	return r.settled(ctx, h, false)
}

const (
	ricloudNew = "new"
	ricloudOff = "deactivated"
)

// remove deactivates: the page knows no other end, though ricloud-py has a DELETE.
func (r ricloud) remove(ctx context.Context, id string) error {
	_, err := r.post(ctx, "deactivate the webhook "+id, id, map[string]string{"state": ricloudOff})
	if err == nil {
		r.c.note("ricloud removes no webhook: %s is deactivated, and no longer listed", id)
	}
	return err
}

func (r ricloud) post(ctx context.Context, do, id string, change map[string]string) (Hook, error) {
	var told ricloudConfig
	err := r.into(ctx, call{do: do, method: "POST", path: ricloudPath + "/" + url.PathEscape(id), json: change}, &told)
	h := told.hook()
	h.ID = id // whatever else it says
	return h, err
}

// test asks by POST, as ricloud-py does, and by GET, as the page has it, where POST is no method.
func (r ricloud) test(ctx context.Context, id string) (Hook, error) {
	before, err := r.one(ctx, id)
	if err != nil {
		return Hook{}, err
	}
	c := call{do: "test the webhook " + id, method: "POST", path: ricloudPath + "/" + url.PathEscape(id) + "/test"}
	_, err = r.do(ctx, c)
	if refused, ok := errors.AsType[*Error](err); ok && refused.Status == http.StatusMethodNotAllowed {
		r.c.note("ricloud refused the test by POST, so it was asked for by GET, as its page has it")
		c.method = "GET"
		_, err = r.do(ctx, c)
	}
	if err != nil {
		return Hook{}, err
	}
	return r.settled(ctx, before, true)
}

// settled follows a webhook until its test is over: while its state is new. A test of one that has another state already
// may leave it as it is, and nothing tells when it is over: then a change is waited for, for a sixth of the time. At the
// end of it the webhook is told as it is, with a note.
func (r ricloud) settled(ctx context.Context, h Hook, again bool) (Hook, error) {
	wait := 250 * time.Millisecond
	for waited := time.Duration(0); ; waited += wait {
		now, err := r.one(ctx, h.ID)
		if err != nil {
			return h, err
		}
		if now.Secret == "" {
			now.Secret = h.Secret
		}
		same := again && now.State == h.State
		if now.State != ricloudNew && (!same || waited >= r.c.follow/6) {
			if same {
				r.c.note("its state was %s before the test too; ricloud does not tell when a test is over", now.State)
			}
			return now, nil
		}
		if waited >= r.c.follow {
			r.c.note("after %s ricloud had not tested the webhook yet", r.c.follow)
			return now, nil
		}
		wait = min(2*wait, 4*time.Second)
		if err := r.sleep(ctx, wait); err != nil {
			return now, err
		}
	}
}
