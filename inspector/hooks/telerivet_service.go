package hooks

import (
	"context"
	"encoding/json"
	"net/url"
)

// serviceKind is what Telerivet calls a service that hands incoming messages to a URL.
const serviceKind = "incoming_message_webhook"

// telerivetService is a service as it is told.
type telerivetService struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Kind   string `json:"service_type"`
	Active bool   `json:"active"`
}

type telerivetConfig struct {
	URL    string `json:"url,omitempty"`
	Secret string `json:"secret,omitempty"`
}

func (s telerivetService) hook(p telerivetProject, c telerivetConfig) Hook {
	h := Hook{
		ID: p.ID + "/services/" + s.ID, URL: c.URL, Secret: c.Secret, Events: []string{incoming}, State: "inactive",
		Extra: []Field{p.field(), {"service", s.Name}},
	}
	if s.Active {
		h.State = "active"
	}
	return h
}

func (t telerivet) services(ctx context.Context, p telerivetProject) ([]Hook, error) {
	var found []telerivetService
	err := t.pages(ctx, "list the services", p.path()+"/services", func(one json.RawMessage) error {
		var s telerivetService
		err := json.Unmarshal(one, &s)
		if s.Kind == serviceKind {
			found = append(found, s)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	all := make([]Hook, 0, len(found))
	for _, s := range found {
		c, err := t.config(ctx, p, s.ID)
		if err != nil {
			return nil, err
		}
		all = append(all, s.hook(p, c))
	}
	return all, nil
}

func (t telerivet) config(ctx context.Context, p telerivetProject, id string) (c telerivetConfig, err error) {
	path := p.path() + "/services/" + url.PathEscape(id) + "/config"
	err = t.into(ctx, call{do: "read the service " + id, method: "GET", path: path}, &c)
	return c, err
}

// addService asks for messages of all numbers: without it Telerivet leaves short codes and names out.
func (t telerivet) addService(ctx context.Context, p telerivetProject, w Wish) (Hook, error) {
	config := telerivetConfig{w.URL, w.Secret}
	var told telerivetService
	err := t.into(ctx, call{
		do: "add the service for " + incoming, method: "POST", path: p.path() + "/services", creates: true,
		json: struct {
			Kind   string          `json:"service_type"`
			Name   string          `json:"name"`
			Filter string          `json:"contact_number_filter"`
			Config telerivetConfig `json:"config"`
		}{serviceKind, "devhook", "all", config},
	}, &told)
	return told.hook(p, config), err
}

func (t telerivet) updateService(ctx context.Context, p telerivetProject, path string, w Wish) (Hook, error) {
	if len(w.Events) > 0 {
		return Hook{}, wrongWish("a service has the one event %s", incoming)
	}
	var s telerivetService
	if err := t.into(ctx, call{do: "read the service", method: "GET", path: path}, &s); err != nil {
		return Hook{}, err
	}
	var c telerivetConfig
	err := t.into(ctx, call{
		do: "update the service " + s.ID, method: "POST", path: path + "/config", json: telerivetConfig{w.URL, w.Secret},
	}, &c)
	return s.hook(p, c), err
}
