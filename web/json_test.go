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

// TestCaptureBrief: a long text is cut between characters and stays text, and of many deliveries the latest are there.
func TestCaptureBrief(t *testing.T) {
	r := newRoom(t)
	c, _ := sms()
	c = r.addBody(500, c, []byte("content=é€😀&secret=s3cr3t"))
	for _, status := range []int{404, 200} {
		d := delivery(c, status)
		d.Kind = store.Replay
		if err := r.db.AddDelivery(t.Context(), d, []byte("answer"), false); err != nil {
			t.Fatal(err)
		}
	}
	c, err := r.db.Capture(t.Context(), c.ID)
	if err != nil {
		t.Fatal(err)
	}
	for limit, want := range map[int64]string{
		8: "content=", 9: "content=", 10: "content=é", 12: "content=é", 13: "content=é€", 16: "content=é€", 17: "content=é€😀",
		100: "content=é€😀&secret=••••••••",
	} {
		v, err := CaptureBrief(t.Context(), r.db, c, r.mask, limit, 2)
		if err != nil {
			t.Fatal(err)
		}
		full := v.(fullObject)
		if full.Body.Text == nil || *full.Body.Text != want || full.Body.Truncated != (limit < 100) {
			t.Errorf("of %d bytes %+v, want %q", limit, full.Body, want)
		}
		if n := len(full.Deliveries); n != 2 || *full.Deliveries[1].Status != 200 || full.DeliveriesCount != 3 {
			t.Errorf("%d of %d deliveries", n, full.DeliveriesCount)
		}
		if body := *full.Deliveries[1].Body.Text; body != "answer"[:min(limit, 6)] {
			t.Errorf("the answer is %q", body)
		}
	}
}
