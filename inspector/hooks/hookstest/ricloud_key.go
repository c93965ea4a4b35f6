package hookstest

import (
	"net/http"
	"slices"
)

const ricloudKeyID = "key01"

// key is the one of the token that calls.
func (c *ricloud) key(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]any{
		"id": ricloudKeyID, "resource": "key", "organisation": "org1", "type": "standard", "config": map[string]any{}, "storage_config": nil,
		"webhook_config": c.used, "token": c.token, "state": "active", "date_created": "2026-11-21T22:10:03Z", "date_expires": nil,
	})
}

func (c *ricloud) setKey(w http.ResponseWriter, r *http.Request) {
	var wish struct {
		Config *string `json:"webhook_config"`
	}
	wrong := object(r, &wish)
	switch {
	case wrong != "":
	case r.PathValue("id") != ricloudKeyID:
		ricloudRefuses(w, http.StatusNotFound, "Not found.")
		return
	case wish.Config != nil && c.config(*wish.Config) == nil:
		wrong = "webhook_config: no active webhook config of this organisation."
	}
	if wrong != "" {
		ricloudRefuses(w, http.StatusBadRequest, wrong)
		return
	}
	c.used = wish.Config
	c.key(w, r)
}

// config is the one of an ID, nil for none and for one that is deactivated.
func (c *ricloud) config(id string) *ricloudConfig {
	i := slices.IndexFunc(c.configs, func(one *ricloudConfig) bool { return one.ID == id && one.State != "deactivated" })
	if i < 0 {
		return nil
	}
	return c.configs[i]
}

// targets: the test event is the API's own doing, all others go where the key says, if that was tested.
func (c *ricloud) targets() []Target {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.used == nil {
		return nil
	}
	one := c.config(*c.used)
	if one == nil || one.State != "valid" {
		return nil
	}
	return []Target{{URL: one.URL, Method: "POST", Secret: one.Secret}}
}
