package provider

import (
	"cmp"
	"fmt"
	"net/http"
)

// zipwhipSamples has one request for each event, each at a path of its own, and one each as the other methods that a webhook
// can be registered for. The body of an optout is not published; it is taken to be the message that asked for it.
func zipwhipSamples() []sample {
	in := zipwhipMessage{kind: "MO", id: "634151298329219072", text: "is it open on Sunday?", status: 4}
	out := zipwhipMessage{kind: "ZO", id: "634151298329219073", text: "Yes, from 10 to 4.", status: 1}
	delivered, read, deleted, stop, put := out, in, in, in, in
	delivered.status, delivered.delivered = 4, `"2026-11-21T14:13:22-08:00"`
	read.read = `"2026-11-21T14:15:00-08:00"`
	deleted.read, deleted.deleted = read.read, `"2026-11-21T14:20:00-08:00"`
	stop.text, stop.id = "STOP", "634151298329219074"
	put.id = "634151298329219075"
	return []sample{
		in.sample("receive", "/message/receive"),
		out.sample("send", "/message/send"),
		delivered.sample("progress", "/message/progress"),
		read.sample("read", "/message/read"),
		deleted.sample("delete", "/message/delete"),
		stop.sample("optout", "/optout/change"),
		put.as(http.MethodPut, "receive"),
		{
			event: "receive", id: in.id, method: http.MethodGet, path: "/webhook?id=" + in.id +
				"&messageType=MO&statusCode=4&body=is+it+open+on+Sunday%3F&finalSource=4257772222&finalDestination=4257772300&address=ptn%3A%2F4257772222" +
				"&fingerprint=132131532&deviceId=299538202&dateCreated=2026-11-21T14%3A13%3A20-08%3A00",
		},
	}
}

// zipwhipMessage is Zipwhip's; dates are JSON, "" for null.
type zipwhipMessage struct {
	kind, id, text           string
	status                   int
	read, deleted, delivered string
}

func (m zipwhipMessage) sample(event, path string) sample {
	from, to := "4257772222", "4257772300"
	if m.kind == "ZO" {
		from, to = to, from
	}
	date := func(s string) string { return cmp.Or(s, "null") }
	return sample{
		event: event, id: m.id, path: path,
		headers: []string{"User-Agent: Apache-HttpClient/4.5.7 (Java/1.8.0_201)", "Content-Type: application/json; charset=UTF-8"},
		body: fmt.Sprintf(`{"body":%q,"bodySize":%d,"visible":true,"hasAttachment":false,"dateRead":%s,"bcc":null,"finalDestination":%q,"messageType":%q,`+
			`"deleted":%t,"statusCode":%d,"id":%s,"scheduledDate":null,"fingerprint":"132131532","messageTransport":9,"contactId":3382213402,`+
			`"address":"ptn:/4257772222","read":%t,"dateCreated":"2026-11-21T14:13:20-08:00","dateDeleted":%s,"dateDelivered":%s,"cc":null,`+
			`"finalSource":%q,"deviceId":299538202}`,
			m.text, len(m.text), date(m.read), to, m.kind, m.deleted != "", m.status, m.id, m.read != "", date(m.deleted), date(m.delivered), from),
	}
}

// as is the message by another method, at a path that names no event.
func (m zipwhipMessage) as(method, event string) sample {
	s := m.sample(event, "/webhook")
	s.method = method
	return s
}
