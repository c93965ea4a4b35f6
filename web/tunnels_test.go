package web

import (
	"testing"

	"devhook/store"
)

// TestSeveralTunnels holds that each tunnel of a devhook is shown and told of, the first in its place.
func TestSeveralTunnels(t *testing.T) {
	r := newRoom(t, func(c *Config) {
		c.Status = func() Status {
			return Status{
				Name: "shop", Phase: "online", Probed: true, PublicURL: "https://shop.test", App: "http://localhost:3000",
				Others: []Status{
					{Name: "localhost:4000", Phase: "online", PublicURL: "https://pay.test", App: "http://localhost:4000"},
					{Name: "away", Phase: "offline", Problem: "nothing <listens>", App: "http://localhost:5000"},
				},
			}
		}
	})
	r.add(200, func(c *store.Capture) { c.PublicURL = "https://pay.test/x" })
	r.add(200, func(c *store.Capture) { c.PublicURL = "https://shop.test" })
	r.add(200, func(c *store.Capture) { c.PublicURL = "https://pay.test.example/x" })
	r.get("/").is(200).has("https://shop.test</a>", `<a class="address-more" href="/status">2 more</a>`)
	r.get("/status").is(200).has("https://pay.test to http://localhost:4000, online, not tried from outside",
		"away to http://localhost:5000, offline: nothing &lt;listens&gt;")
	r.get("/api/status").is(200).has(`"tunnel":"shop"`, `"others":[{"state":"online"`, `"tunnel":"away"`)
	var list struct {
		Tunnels []struct {
			Name, URI string
			PublicURL string `json:"public_url"`
		}
		Requests []struct {
			TunnelName string `json:"tunnel_name"`
		}
	}
	r.get("/api/tunnels").is(200).json(&list)
	if len(list.Tunnels) != 2 || list.Tunnels[0].Name != "shop" || list.Tunnels[1].PublicURL != "https://pay.test" {
		t.Fatalf("listed %+v", list)
	}
	r.get(list.Tunnels[1].URI).is(200).has(`"name":"localhost:4000"`)
	r.get("/api/tunnels/command_line").is(404)
	for name, want := range map[string]int{"": 3, "shop": 2, "localhost:4000": 1, "away": 0, "command_line": 0} {
		r.get("/api/requests/http?tunnel_name=" + name).is(200).json(&list)
		if len(list.Requests) != want {
			t.Errorf("%q has %d requests, want %d", name, len(list.Requests), want)
		}
	}
}
