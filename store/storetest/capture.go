package storetest

import (
	"fmt"
	"time"

	"devhook/store"
)

// Capture is a whole telerivet webhook, valid and about to be delivered, with
// the body that Body returns for the same n. It has no ID yet.
func Capture(n int) *store.Capture {
	return &store.Capture{
		ReceivedAt: time.Date(2026, 11, 21, 22, 10, 0, 0, time.UTC).Add(time.Duration(n) * time.Millisecond),
		State:      store.Complete,
		Method:     "POST", Target: fmt.Sprintf("/hooks/sms?n=%d", n), Host: "127.0.0.1:8080", Proto: "HTTP/1.1",
		PublicURL:  fmt.Sprintf("http://127.0.0.1:8080/hooks/sms?n=%d", n),
		RemoteAddr: "203.0.113.9:4444",
		Head: fmt.Appendf(nil, "POST /hooks/sms?n=%d HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nUser-Agent: Telerivet\r\n"+
			"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n", n, len(Body(n))),
		Framing: "length", App: "http://localhost:3000",
		Provider: "telerivet", Event: "incoming_message", EventID: fmt.Sprintf("SM%06d", n),
		Verdict: store.Valid, Reason: "the secret matches",
		Checks:     []store.Check{{OK: true, Text: "field secret is there"}, {OK: true, Text: "it matches"}},
		Delivering: true,
	}
}

// Body is the body of Capture(n), about a kilobyte.
func Body(n int) []byte {
	return fmt.Appendf(nil, "event=incoming_message&id=SM%06d&content=%s&from_number=%%2B16505550123", n, lorem)
}

const lorem = "Lorem+ipsum+dolor+sit+amet%2C+consectetur+adipiscing+elit%2C+sed+do+eiusmod+tempor+incididunt+ut+labore+" +
	"et+dolore+magna+aliqua.+Ut+enim+ad+minim+veniam%2C+quis+nostrud+exercitation+ullamco+laboris+nisi+ut+aliquip+ex+" +
	"ea+commodo+consequat.+Duis+aute+irure+dolor+in+reprehenderit+in+voluptate+velit+esse+cillum+dolore+eu+fugiat+" +
	"nulla+pariatur.+Excepteur+sint+occaecat+cupidatat+non+proident%2C+sunt+in+culpa+qui+officia+deserunt+mollit+anim+" +
	"id+est+laborum.+Sed+ut+perspiciatis+unde+omnis+iste+natus+error+sit+voluptatem+accusantium+doloremque+laudantium"

// Delivery is a live delivery of a capture, answered 200 and accepted, with
// the answer's body that Answer returns. It has no ID yet.
func Delivery(captureID string) *store.Delivery {
	return &store.Delivery{
		CaptureID: captureID, Kind: store.Live,
		At:     time.Date(2026, 11, 21, 22, 10, 1, 0, time.UTC),
		Target: "http://localhost:3000/hooks/sms", Status: 200, Accepted: true,
		Duration: 3 * time.Millisecond,
		Head:     []byte("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n"),
	}
}

// Answer is the body of the answer of Delivery.
func Answer() []byte { return []byte(`{"messages":[]}`) }
