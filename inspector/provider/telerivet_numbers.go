package provider

// Telerivet's test numbers stand for what becomes of a message: each brings its send_status requests, one after another.
// "Use one of the following to_number values when sending a message via a Test Number."
var telerivetNumbers = map[string][][]Field{
	"+15005550011": {{{"status", "failed"}, {"error_message", "Example error message."}}},
	"+15005550012": {{{"status", "sent"}}, {{"status", "delivered"}}},
	"+15005550013": {{{"status", "sent"}}, {{"status", "not_delivered"}, {"error_message", "Example delivery failure message."}}},
	"+15005550014": {{{"status", "failed_queued"}, {"error_message", "Example temporary failure message."}}, {{"status", "sent"}}},
}

// telerivetFollow gives the fields of each request that a message's number stands for; nil for a number that stands for
// nothing, and for requests that tell of something else.
func telerivetFollow(q *Request) [][]Field {
	if q.field("event") != "send_status" {
		return nil
	}
	return telerivetNumbers[q.field("to_number")]
}
