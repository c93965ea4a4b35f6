package hooks

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// incoming is Telerivet's event that is no webhook of its API but a service of a project.
const incoming = "incoming_message"

// telerivetSender follows Telerivet's REST reference and its Ruby client. The reference has path, fields and deletion
// of a Webhook; that it is made by POST to the collection and listed by GET is by analogy with services, and no document
// confirms it.
func telerivetSender() Sender {
	return Sender{
		Name: "telerivet", Base: "https://api.telerivet.com/v1", Credential: "an API key",
		Events: []string{incoming, "send_status", "send_broadcast", "contact_update", "message_metadata"},
		make: func(a *api, c *Client) error {
			key := a.secrets[0]
			if strings.Contains(key, ":") {
				return wrongWish("Telerivet's API keys have no colon in them; the key alone is wanted")
			}
			a.sign = func(q *http.Request) { q.SetBasicAuth(key, "") }
			a.secrets = append(a.secrets, base64.StdEncoding.EncodeToString([]byte(key+":"))) // as it is sent
			a.judge = telerivetJudge
			t := telerivet{a, c}
			c.list, c.add, c.update, c.remove = t.list, t.add, t.update, t.remove
			c.takes = []string{"project"}
			c.instead = map[string]string{"test": "devhook send telerivet sends a sample event"}
			return nil
		},
	}
}

type telerivet struct {
	*api
	c *Client
}

func telerivetJudge(a answer) (code, words string, ok bool) {
	var told struct {
		Error *struct {
			Code    string `json:"code"`
			Message string `json:"message"`
			Param   string `json:"param"`
		} `json:"error"`
	}
	err := json.Unmarshal(a.body, &told)
	switch {
	case err == nil && told.Error == nil && a.status < 300, err != nil && a.status == http.StatusNoContent:
		return "", "", true
	case err != nil || told.Error == nil:
		return "", string(a.body), a.status < 300 && len(a.body) == 0
	}
	if told.Error.Param != "" {
		told.Error.Code += ", parameter " + told.Error.Param
	}
	return told.Error.Code, told.Error.Message, false
}

const mostPages = 200 // of a list: 500 entries each

// pages reads a list to its end and gives each entry.
func (t telerivet) pages(ctx context.Context, do, path string, each func(json.RawMessage) error) error {
	query := url.Values{"page_size": {"500"}}
	for range mostPages {
		var told struct {
			Data      []json.RawMessage `json:"data"`
			Truncated bool              `json:"truncated"`
			Next      string            `json:"next_marker"`
		}
		if err := t.into(ctx, call{do: do, method: "GET", path: path, query: query}, &told); err != nil {
			return err
		}
		for _, one := range told.Data {
			if err := each(one); err != nil {
				return err
			}
		}
		if !told.Truncated || told.Next == "" {
			return nil
		}
		query.Set("marker", told.Next)
	}
	t.c.note("Telerivet's list was longer than %d pages; the rest was left", mostPages)
	return nil
}

type telerivetProject struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

func (p telerivetProject) path() string { return "/projects/" + url.PathEscape(p.ID) }

func (p telerivetProject) field() Field {
	return Field{"project", strings.TrimSpace(p.ID + " " + p.Name)}
}

func (t telerivet) projects(ctx context.Context) ([]telerivetProject, error) {
	var all []telerivetProject
	err := t.pages(ctx, "list the projects", "/projects", func(one json.RawMessage) error {
		var p telerivetProject
		err := json.Unmarshal(one, &p)
		all = append(all, p)
		return err
	})
	return all, err
}

// project finds the one that is named, or the only one.
func (t telerivet) project(ctx context.Context, id string) (telerivetProject, error) {
	all, err := t.projects(ctx)
	if err != nil {
		return telerivetProject{}, err
	}
	names := make([]string, len(all))
	for i, p := range all {
		if p.ID == id || id == "" && len(all) == 1 {
			return p, nil
		}
		names[i] = p.ID + " (" + p.Name + ")"
	}
	switch {
	case len(all) == 0:
		return telerivetProject{}, wrongWish("the account has no project")
	case id != "":
		return telerivetProject{}, wrongWish("the account has no project %q; it has %s", id, strings.Join(names, ", "))
	}
	return telerivetProject{}, wrongWish("the account has several projects, name one: %s", strings.Join(names, ", "))
}

type telerivetHook struct {
	ID      string   `json:"id"`
	URL     string   `json:"url"`
	Secret  string   `json:"secret"`
	Events  []string `json:"events"`
	Project string   `json:"project_id"`
}

func (w telerivetHook) hook(p telerivetProject) Hook {
	return Hook{ID: p.ID + "/webhooks/" + w.ID, URL: w.URL, Events: w.Events, Secret: w.Secret, Extra: []Field{p.field()}}
}

func (t telerivet) list(ctx context.Context) ([]Hook, error) {
	projects, err := t.projects(ctx)
	if err != nil {
		return nil, err
	}
	all := []Hook{}
	for _, p := range projects {
		hooks, err := t.within(ctx, p)
		if err != nil {
			return nil, err
		}
		all = append(all, hooks...)
	}
	return all, nil
}

// within lists one project: its services for incoming messages and its webhooks.
func (t telerivet) within(ctx context.Context, p telerivetProject) ([]Hook, error) {
	all, err := t.services(ctx, p)
	if err != nil {
		return nil, err
	}
	err = t.pages(ctx, "list the webhooks", p.path()+"/webhooks", func(one json.RawMessage) error {
		var w telerivetHook
		err := json.Unmarshal(one, &w)
		all = append(all, w.hook(p))
		return err
	})
	return all, err
}

// add makes a service for incoming messages and one webhook for all other events, each where it is wished for.
func (t telerivet) add(ctx context.Context, w Wish) ([]Hook, error) {
	p, err := t.project(ctx, w.Within)
	if err != nil {
		return nil, err
	}
	before, err := t.within(ctx, p)
	if err != nil {
		return nil, err
	}
	var made []Hook
	if slices.Contains(w.Events, incoming) {
		h, err := t.c.create(ctx, before, w.URL, incoming, func(ctx context.Context) (Hook, error) { return t.addService(ctx, p, w) })
		if err != nil {
			return nil, err
		}
		made = append(made, h)
	}
	w.Events = slices.DeleteFunc(slices.Clone(w.Events), func(e string) bool { return e == incoming })
	if len(w.Events) == 0 {
		return made, nil
	}
	t.c.note("no document of Telerivet says how a webhook is made; it was made as services are")
	h, err := t.c.create(ctx, append(before, made...), w.URL, "", func(ctx context.Context) (Hook, error) { return t.addHook(ctx, p, w) })
	if err != nil {
		return made, partial(made, err)
	}
	return append(made, h), nil
}

// telerivetChange is the body that makes or changes a webhook.
type telerivetChange struct {
	URL    string   `json:"url,omitempty"`
	Secret string   `json:"secret,omitempty"`
	Events []string `json:"events,omitempty"`
}

func (t telerivet) addHook(ctx context.Context, p telerivetProject, w Wish) (Hook, error) {
	var told telerivetHook
	err := t.into(ctx, call{
		do: "add the webhook for " + strings.Join(w.Events, ", "), method: "POST", path: p.path() + "/webhooks",
		json: telerivetChange{w.URL, w.Secret, w.Events}, creates: true,
	}, &told)
	return told.hook(p), err
}

// place takes an ID apart: PROJECT/webhooks/ID or PROJECT/services/ID.
func (t telerivet) place(id string) (p telerivetProject, path string, service bool, err error) {
	parts := strings.Split(id, "/")
	if len(parts) != 3 || parts[1] != "webhooks" && parts[1] != "services" || parts[0] == "" || parts[2] == "" {
		return p, "", false, wrongWish("Telerivet's IDs are PROJECT/webhooks/ID or PROJECT/services/ID, as the list has them, not %q", id)
	}
	p.ID = parts[0]
	return p, fmt.Sprintf("%s/%s/%s", p.path(), parts[1], url.PathEscape(parts[2])), parts[1] == "services", nil
}

func (t telerivet) update(ctx context.Context, id string, w Wish) (Hook, error) {
	p, path, service, err := t.place(id)
	if err != nil {
		return Hook{}, err
	}
	if w.Method != "" || w.Filter != "" || w.State != "" || w.URL == "" && w.Secret == "" && len(w.Events) == 0 {
		return Hook{}, wrongWish("Telerivet changes the URL, the secret and the events of a webhook, nothing else")
	}
	if service {
		return t.updateService(ctx, p, path, w)
	}
	if slices.Contains(w.Events, incoming) {
		return Hook{}, wrongWish("%s is a service of its own at Telerivet: add it", incoming)
	}
	var told telerivetHook
	err = t.into(ctx, call{do: "update the webhook " + id, method: "POST", path: path, json: telerivetChange{w.URL, w.Secret, w.Events}}, &told)
	return told.hook(p), err
}

func (t telerivet) remove(ctx context.Context, id string) error {
	_, path, _, err := t.place(id)
	if err != nil {
		return err
	}
	_, err = t.do(ctx, call{do: "remove the webhook " + id, method: "DELETE", path: path})
	return err
}
