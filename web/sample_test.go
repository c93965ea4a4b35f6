package web

import (
	"fmt"
	"time"

	"devhook/store"
)

// sample fills a room with one of everything, for the eye.
func (r *room) sample() (shown *store.Capture) {
	r.Helper()
	old := func(s int) func(*store.Capture) {
		return func(c *store.Capture) { c.ReceivedAt = time.Now().Add(-time.Duration(s) * time.Second) }
	}
	as := func(provider, event, target string, v store.Verdict, reason string) func(*store.Capture) {
		return func(c *store.Capture) {
			c.Provider, c.Event, c.Target, c.Verdict, c.Reason, c.Checks = provider, event, target, v, reason, nil
			c.PublicURL = "http://127.0.0.1:8080" + target
		}
	}
	r.add(-1, old(2400), as("", "", "/hooks/sms", store.Unchecked, "two Content-Length lines"), func(c *store.Capture) { c.State = store.Malformed })
	r.add(302, old(1900), as("seven", "voice_status", "/hooks/seven", store.Valid, "the signature fits"))
	r.add(-1, old(1500), as("", "", "/hooks/upload", store.Unchecked, ""), func(c *store.Capture) { c.State = store.Incomplete })
	r.add(404, old(900), as("", "", "/favicon.ico", store.Unchecked, "no provider set for this path"), func(c *store.Capture) { c.Method = "GET" })
	r.add(400, old(840), as("stripe", "checkout.session.completed", "/hooks/pay", store.Missing, "No Stripe-Signature header"))
	pinned := r.add(200, old(660), as("github", "webhook_config.test", "/hooks/ricloud/0b91d4fe", store.Valid, "the signature fits"))
	if err := r.db.SetPinned(r.Context(), pinned.ID, true); err != nil {
		r.Fatal(err)
	}
	r.add(0, old(420), as("github", "pull_request", "/hooks/github", store.Valid, "the signature fits"))
	r.add(-1, old(300), as("stripe", "charge.refunded", "/hooks/pay", store.Invalid, "Signed 11 min before it came; Stripe’s limit is 5 min"), func(c *store.Capture) { c.State = store.Refused })
	dup := func(c *store.Capture) { c.DedupeKey = "Ev1" }
	r.add(200, old(150), as("stripe", "message", "/hooks/slack", store.Valid, "the signature fits"), dup)
	r.add(200, old(120), as("stripe", "message", "/hooks/slack", store.Valid, "the signature fits"), dup)
	r.add(200, old(40))
	shown, body := r.seven()
	r.addBody(401, shown, body)
	for i, status := range []int{401, 200} {
		d := delivery(shown, status)
		d.Kind, d.At = store.Replay, time.Now().Add(time.Duration(i-2)*time.Second)
		if status == 200 {
			d.Resigned = []string{"X-Signature", "X-Timestamp", "X-Nonce"}
		}
		if err := r.db.AddDelivery(r.Context(), d, []byte(`{"ok":true}`), false); err != nil {
			r.Fatal(err)
		}
	}
	r.add(200, old(9), as("stripe", "payment_intent.succeeded", "/hooks/pay", store.Valid, "the signature fits"))
	r.add(204, old(4))
	return shown
}

func (r *room) seven() (*store.Capture, []byte) {
	body := `{"webhook_event":"sms_mo","webhook_timestamp":"2026-11-21T22:14:09+00:00","data":{"id":"681590","sender":"+4915123456789",` +
		`"system":"+491771783130","text":"Is the shop open on Sunday?","time":"1795299248","message_type":"SMS","segments":1}}`
	c, _ := sms(func(c *store.Capture) {
		c.ReceivedAt = time.Now().Add(-21 * time.Second)
		c.Provider, c.Event, c.EventID, c.Target = "seven", "sms_mo", "681590", "/hooks/seven"
		c.PublicURL = "http://shop.relay.example.com/hooks/seven"
		c.Verdict = store.Invalid
		c.Reason = "The signature was made for another URL. X-Signature doesn’t fit http://shop.relay.example.com/hooks/seven, the address this request came to."
		c.Checks = []store.Check{{OK: true, Text: "secret fits"}, {OK: true, Text: "body unchanged"}, {OK: true, Text: "1 s old, limit 300 s"}, {Text: "URL differs"}}
		c.Hints = []string{
			"The signature fits if the URL is `https://shop.relay.example.com/hooks/seven`, not `http://…`. `X-Forwarded-Proto: https` says that a proxy in front of the relay ended TLS. Start devhook with the address callers use: `--public-url https://shop.relay.example.com`. To see that it fits:",
			"devhook verify --provider seven --secret env:SEVEN_SIGNING_KEY --url https://shop.relay.example.com/hooks/seven w6k3vn",
		}
		c.Head = fmt.Appendf(nil, "POST /hooks/seven HTTP/1.1\r\nHost: shop.relay.example.com\r\nUser-Agent: seven.io/webhooks\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"+
			"X-Timestamp: 1795299249\r\nX-Nonce: 5f2c0e9ab7d14c3380e4f6a1927bd05e\r\nX-Signature: 9b1f6c0e55aa0101020304050607a3d\r\nAccept: */*\r\nConnection: keep-alive\r\n\r\n", len(body))
	})
	return c, []byte(body)
}
