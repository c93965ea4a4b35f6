package hookstest

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestStrict holds that the fakes take what the senders' documents show, word for word, and nothing else.
func TestStrict(t *testing.T) {
	const formKind, jsonKind = "application/x-www-form-urlencoded", "application/json"
	for _, c := range []struct {
		name, sender, method, target, kind, body, want string
	}{
		{"seven's own example", "seven", "POST", "/hooks", formKind, "target_url=https://acme.inc/webhook/&event_type=all", `"success":true,"code":null,"id":12345,"error_message":null`},
		{"an unknown parameter", "seven", "POST", "/hooks", formKind, "target_url=https://acme.inc/&event_type=all&name=x", "unknown parameter name"},
		{"a text for a form", "seven", "POST", "/hooks", "text/plain", "{}", "content type"},
		{"what seven.io's client sends", "seven", "POST", "/hooks", jsonKind, `{"headers":"X-A: b","request_method":"JSON","event_filter":"49","event_type":"all","target_url":"https://a.example/x"}`, `"success":true`},
		{"JSON with more", "seven", "DELETE", "/hooks", jsonKind, `{"id":1,"x":2}`, "unknown parameter x"},
		{"a wrong method", "seven", "PUT", "/hooks", formKind, "", "Method Not Allowed"},
		{"an event that is none", "seven", "POST", "/hooks", formKind, "target_url=https://acme.inc/&event_type=sms", "event_type is invalid"},
		{"two of three to delete by", "seven", "DELETE", "/hooks", formKind, "target_url=https://acme.inc/&event_type=all", "missing parameter request_method"},
		{"an id and more", "seven", "DELETE", "/hooks", formKind, "id=1&event_type=all", "unknown parameter event_type"},
		{"an id in the address", "seven", "DELETE", "/hooks?id=1", formKind, "", "parameters stand in the address"},
		{"Zipwhip's own example", "zipwhip", "POST", "/webhook/add", formKind, "session=" + zipwhipSession + "&type=message&event=receive&url=https://test.zipwhip.com/message/receive&method=POST", `"webhookId":687557714,"type":"message","event":"receive"`},
		{"an update without its webhook", "zipwhip", "POST", "/webhook/update", formKind, "session=" + zipwhipSession + "&method=PUT", "missing parameter webhookId"},
		{"no session", "zipwhip", "POST", "/webhook/add", formKind, "type=message&event=receive&url=https://x.example", "missing parameter session"},
		{"a list by POST", "zipwhip", "POST", "/webhook/list", formKind, "session=x", "Method Not Allowed"},
		{"ricloud's own example", "ricloud", "POST", "/configs/webhook", jsonKind, `{"url": "http://127.0.0.1:1/"}`, `"resource":"webhook_config"`},
		{"ricloud's stray comma", "ricloud", "POST", "/configs/webhook", jsonKind, `{"url": "http://127.0.0.1:1/",}`, "invalid character"},
		{"an unknown member", "ricloud", "POST", "/configs/webhook", jsonKind, `{"url": "http://127.0.0.1:1/", "secret":"x"}`, "unknown field"},
		{"a test by POST", "ricloud", "POST", "/configs/webhook/x/test", jsonKind, "", "Method Not Allowed"},
		{"a form for JSON", "telerivet", "POST", "/v1/projects/PJ1/webhooks", formKind, "url=https://x.example", "content type"},
		{"an event of services", "telerivet", "POST", "/v1/projects/PJ1/webhooks", jsonKind, `{"url":"https://x.example","events":["incoming_message"]}`, `"param":"events"`},
		{"an unknown filter", "telerivet", "POST", "/v1/projects/PJ1/services", jsonKind, `{"service_type":"incoming_message_webhook","contact_number_filter":"none","config":{"url":"https://x.example"}}`, "contact_number_filter"},
		{"a page too large", "telerivet", "GET", "/v1/projects?page_size=501", "", "", "page_size"},
	} {
		fake := map[string]*Fake{
			"seven": Seven("k"), "zipwhip": Zipwhip("1", "p"), "ricloud": Ricloud("k", "GET"), "telerivet": Telerivet("k", 5, "PJ1"),
		}[c.sender]
		for _, known := range []bool{true, false} {
			q := httptest.NewRequest(c.method, c.target, strings.NewReader(c.body))
			q.Header.Set("Content-Type", c.kind)
			if known {
				q.Header.Set("X-Api-Key", "k")
				q.Header.Set("Authorization", "Token k")
				if c.sender == "telerivet" {
					q.SetBasicAuth("k", "")
				}
			}
			w := httptest.NewRecorder()
			fake.ServeHTTP(w, q)
			got := strings.Contains(w.Body.String(), c.want)
			if known && !got {
				t.Errorf("%s: %d %s, want %s", c.name, w.Code, w.Body, c.want)
			}
			if !known && c.sender != "zipwhip" && w.Code != http.StatusUnauthorized && w.Code != http.StatusMethodNotAllowed {
				t.Errorf("%s, without a credential: %d %s", c.name, w.Code, w.Body)
			}
		}
	}
}
