package provider

import (
	"regexp"
	"strings"
	"time"
)

// inOrder is a moment and a signature in that order and nothing else: t=…,s=…. The sender's own code cuts the value at
// its first comma, so that the other order is none of its values.
type inOrder struct{ time, sig string }

func (l inOrder) read(value string) (sigs []string, at, fault string) {
	first, second, _ := strings.Cut(value, ",")
	at, timed := strings.CutPrefix(first, l.time+"=")
	sig, signed := strings.CutPrefix(second, l.sig+"=")
	if !timed || !signed || at == "" || sig == "" {
		return nil, "", "is not of the form " + l.time + "=…," + l.sig + "=…"
	}
	return []string{sig}, at, ""
}

func (l inOrder) write(sig, at string) string { return l.time + "=" + at + "," + l.sig + "=" + sig }

// ricloud follows the support pages of API v3 and the sender's own ricloud-py. It accepts a moment ahead of the clock, as
// that does.
func ricloud() *Provider {
	r := row{
		name: "ricloud", title: "Reincubate ricloud", doc: "https://github.com/reincubate/ricloud",
		where:   "the webhook config's secret, as the API returns it",
		proof:   ricloudScheme(),
		marks:   []string{"Ricloud-Signature"},
		told:    told{id: "j:id", at: "j:date_created", retry: "j:retries"},
		rule:    rule{next: "ricloud makes up to five attempts within a few hours; then the event has failed, and a tested webhook config is invalid"},
		samples: ricloudSamples(),
	}
	p := r.provider()
	p.Event = r.ricloudEvent
	return p
}

func ricloudScheme() *signature {
	return &signature{
		name: "ricloud", headers: []string{"Ricloud-Signature"}, layout: inOrder{"t", "s"}, past: 10 * time.Minute,
		signs: []part{theTime, text("."), theBody}, using: hmacSHA256, coded: asBase64,
	}
}

// uuid is what ricloud's ids look like.
var uuid = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// ricloudEvent names an event by its slug, task.succeeded. The id stands in the body, and behind the address too: ricloud
// calls ADDRESS/<id of the event>.
func (r row) ricloudEvent(q *Request) Event {
	e := r.told.event(r.name, q)
	in := &reading{q: q}
	if kind, action := in.member("type"), in.member("action"); kind != "" && action != "" {
		e.Name = cut(kind+"."+action, maxTold)
	}
	if e.ID == "" {
		path, _, _ := strings.Cut(q.Target, "?")
		if last := path[strings.LastIndexByte(path, '/')+1:]; uuid.MatchString(last) {
			e.ID, e.DedupeKey = last, r.name+" "+last
		}
	}
	return e
}

// ricloudSamples has one request for each slug, at the sub-path that ricloud calls.
func ricloudSamples() (all []sample) {
	for _, s := range [...]struct{ kind, action, id, data string }{
		{"task", "succeeded", "7c9e6679-7425-40de-944b-e07fc1f90ae1", `{"id":"1f0e7bd2-42b7-4c3a-9d51-6a0b6f0f6b11","resource":"task","action_name":"icloud.fetch_data","state":"succeeded","stream":"icloud","date_created":"2026-11-21T22:10:03Z","date_completed":"2026-11-21T22:13:20Z"}`},
		{"task", "created", "7c9e6679-7425-40de-944b-e07fc1f90ae2", `{"id":"1f0e7bd2-42b7-4c3a-9d51-6a0b6f0f6b11","resource":"task","action_name":"icloud.fetch_data","state":"created","date_created":"2026-11-21T22:10:03Z"}`},
		{"task", "failed", "7c9e6679-7425-40de-944b-e07fc1f90ae3", `{"id":"1f0e7bd2-42b7-4c3a-9d51-6a0b6f0f6b11","resource":"task","action_name":"icloud.fetch_data","state":"failed","error":"session-expired","date_created":"2026-11-21T22:10:03Z"}`},
		{"poll", "created", "7c9e6679-7425-40de-944b-e07fc1f90ae4", `{"id":"53aa35c8-e659-44b2-882f-f6056e443c99","resource":"poll","state":"pending","date_created":"2026-11-21T22:10:03Z"}`},
		{"poll", "completed", "7c9e6679-7425-40de-944b-e07fc1f90ae5", `{"id":"53aa35c8-e659-44b2-882f-f6056e443c99","resource":"poll","state":"completed","date_created":"2026-11-21T22:10:03Z","date_completed":"2026-11-21T22:13:20Z"}`},
		{"session", "expired", "7c9e6679-7425-40de-944b-e07fc1f90ae6", `{"id":"5df41881-3aed-5515-88a7-2f4a814cf09e","resource":"session","state":"expired","date_created":"2026-11-21T22:10:03Z"}`},
		{"webhook_config", "test", "7c9e6679-7425-40de-944b-e07fc1f90ae7", `{"id":"3fa85f64-5717-4562-b3fc-2c963f66afa6","resource":"webhook_config","url":"https://shop.example.com/webhooks","state":"new","date_created":"2026-11-21T22:13:20Z"}`},
	} {
		all = append(all, sample{
			event: s.kind + "." + s.action, id: s.id, path: "/webhooks/" + s.id,
			body: `{"id":"` + s.id + `","resource":"event","type":"` + s.kind + `","action":"` + s.action + `","data":` + s.data +
				`,"state":"pending","retries":0,"date_created":"2026-11-21T22:13:20Z","date_delivered":null}`,
		})
	}
	return all
}
