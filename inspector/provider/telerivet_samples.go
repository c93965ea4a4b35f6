package provider

import (
	"net/url"
	"slices"
	"strings"
)

// telerivetSamples has one request for each event, with the fields the document lists and no secret.
func telerivetSamples() []Sample {
	return []Sample{
		telerivetSample("incoming_message", append(telerivetMessage(),
			"direction", "incoming", "source", "phone", "content", "Is the shop open on Sunday?",
			"from_number", "+16505550123", "from_number_e164", "+16505550123", "to_number", "+16505550199",
			"service_id", "SV5b0d8f1c2e6a4479", "message_service_id", "SV5b0d8f1c2e6a4479",
			"state[id]", "", "phone[name]", "Shop phone", "phone[phone_type]", "android", "phone[country]", "US")),
		telerivetSample("send_status", append(telerivetMessage(),
			"direction", "outgoing", "source", "api", "status", "delivered", "content", "Yes, from 10 to 4.",
			"from_number", "+16505550199", "to_number", "+16505550123", "time_updated", "1795299271")),
		telerivetSample("send_broadcast", []string{
			"id", "BR3c9e7a5d1b084f26", "project_id", "PJ7a1e4c8b2d5f9036", "recipients_str", "Customers (120 contacts)",
			"recipients[0][type]", "group", "recipients[0][id]", "CG2d6b8f0a4c1e5739", "estimated_count", "120",
			"message_type", "sms", "content", "Open on Sunday from 10 to 4.", "route_id", "PN9c3a7e1f5b2d8046",
			"user_name", "Jane Doe", "user_email", "jane@example.com", "time_created", "1795299260",
		}),
		telerivetSample("contact_update", []string{
			"update_type", "update_field", "id", "CT4e8a2c6f0b1d7593", "project_id", "PJ7a1e4c8b2d5f9036",
			"phone_number", "+16505550123", "name", "John Smith", "send_blocked", "0", "vars[city]", "San Francisco",
			"group_ids[0]", "CG2d6b8f0a4c1e5739", "time_created", "1718855471", "time_updated", "1795299280",
			"conversation_status", "active", "incoming_message_count", "4", "outgoing_message_count", "3",
		}),
		telerivetSample("message_metadata", append(telerivetMessage(),
			"update_type", "add_label", "direction", "incoming", "content", "Is the shop open on Sunday?",
			"from_number", "+16505550123", "to_number", "+16505550199", "starred", "0",
			"label_ids[0]", "LB6f2b0d4a8c1e9375", "vars[topic]", "opening hours", "time_updated", "1795299290")),
	}
}

// telerivetMessage are the fields all events about a message share.
func telerivetMessage() []string {
	return []string{
		"id", "SM1a5c9e3b7d2f8046", "project_id", "PJ7a1e4c8b2d5f9036", "message_type", "sms",
		"time_created", "1795299265", "time_sent", "1795299264", "simulated", "0",
		"contact_id", "CT4e8a2c6f0b1d7593", "phone_id", "PN9c3a7e1f5b2d8046",
		"contact[name]", "John Smith", "contact[time_created]", "1718855471", "contact[message_count]", "7",
		"contact[vars][city]", "San Francisco",
	}
}

// telerivetSample encodes name, value, name, value, … in that order, as PHP's http_build_query would.
func telerivetSample(event string, fields []string) Sample {
	var b strings.Builder
	b.WriteString("event=" + event)
	for i := 0; i+1 < len(fields); i += 2 {
		b.WriteString("&" + url.QueryEscape(fields[i]) + "=" + url.QueryEscape(fields[i+1]))
	}
	return Sample{Event: event, ID: fields[slices.Index(fields, "id")+1], Request: Request{
		Method: "POST",
		Target: "/",
		Fields: []Field{{"Content-Type", formType}},
		Body:   []byte(b.String()),
	}}
}
