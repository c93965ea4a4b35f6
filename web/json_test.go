package web

import (
	"encoding/json"
	"testing"

	"devhook/store"
)

// TestEventLines: a line of events says what happened in "event", so that the sender's own event needs another name.
func TestEventLines(t *testing.T) {
	c := &store.Capture{ID: "01J", Event: "incoming_message", Target: "/?token=abc"}
	d := &store.Delivery{ID: "01K", CaptureID: "01J", Kind: store.Live}
	for _, tt := range []struct {
		v    any
		want map[string]string
	}{
		{RequestEvent(c, nil), map[string]string{"event": "request", "provider_event": "incoming_message", "id": "01J"}},
		{DeliveryEvent(d, nil), map[string]string{"event": "delivery", "id": "01K", "capture_id": "01J", "kind": "live"}},
	} {
		raw, err := json.Marshal(tt.v)
		if err != nil {
			t.Fatal(err)
		}
		var got map[string]any
		if err := json.Unmarshal(raw, &got); err != nil {
			t.Fatal(err)
		}
		for key, want := range tt.want {
			if got[key] != want {
				t.Errorf("%s is %v, want %s, in %s", key, got[key], want, raw)
			}
		}
	}
}
