package provider

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"
)

// telerivetProof: the Webhook API documents the form field, the REST API's Webhook object the Basic password.
func telerivetProof() sharedSecret {
	return sharedSecret{
		name:     "telerivet",
		absent:   "no secret field and no Authorization header",
		expected: "as the form field secret or as the Basic password of user telerivet",
		form:     true,
		carriers: []carrier{formField("secret"), basicPassword("telerivet")},
	}
}

func telerivet() *Provider {
	proof := telerivetProof()
	return &Provider{
		by:            proof,
		Success:       "200",
		Retries:       telerivetNext,
		Where:         "the project's services: Webhook API, field Webhook secret",
		Name:          "telerivet",
		Title:         "Telerivet",
		Asks:          "messages to send (an autoreply)",
		Doc:           "https://telerivet.com/api/webhook",
		Timeout:       telerivetWait,
		Ports:         []int{80, 443, 8000, 8080, 8443},
		Recognise:     telerivetKnows,
		Verify:        proof.verify,
		Event:         telerivetEvent,
		Judge:         telerivetJudge,
		Sign:          proof.sign,
		MakeSecret:    proof.secret,
		Samples:       telerivetSamples,
		Follow:        telerivetFollow,
		SecretHeaders: []string{"Authorization"},
		SecretFields:  []string{"secret", "status_secret"},
	}
}

// telerivetTimes names the events and, for each, the fields that tell when it happened, the best first. time_sent is
// the mobile network's word and "may not always be reliable", so it comes after Telerivet's own.
var telerivetTimes = map[string][]string{
	"incoming_message": {"time_created", "time_sent"},
	"send_status":      {"time_updated", "time_clicked", "time_sent", "time_created"},
	"send_broadcast":   {"time_created"},
	"contact_update":   {"time_updated", "time_created"},
	"message_metadata": {"time_updated", "time_created"},
}

// maxID is the length Telerivet documents for its ids.
const maxID = 34

// telerivetKnows wants two signs, so that other senders' forms with a field "event" are left alone.
func telerivetKnows(q *Request) bool {
	for v := range q.values("Authorization") {
		if scheme, rest, _ := strings.Cut(v, " "); strings.EqualFold(scheme, "Basic") {
			if user, _, _ := basic(rest); user == "telerivet" {
				return true
			}
		}
	}
	if q.Method != "POST" {
		return false
	}
	known, id := false, false
	for name, v := range atMost(maxHintFields, q.form()) {
		switch name {
		case "event":
			known = telerivetTimes[v] != nil
		case "id", "project_id":
			id = id || v != "" && len(v) <= maxID
		}
	}
	return known && id
}

func telerivetEvent(q *Request) Event {
	f := firstValues(q)
	e := Event{Name: cut(f["event"], 200), ID: cut(f["id"], 200)}
	for _, name := range telerivetTimes[e.Name] {
		if t, ok := unixTime(f[name]); ok {
			e.OccurredAt = t
			break
		}
	}
	if e.ID != "" {
		e.DedupeKey = telerivetKey(e, f, q)
	}
	return e
}

// telerivetKey tells happenings apart. Messages and broadcasts come in once; a status is told once for each status, and
// again when a link is clicked. Updates carry no number of their own: there only the same content is the same update,
// which Telerivet's retries are and two edits in a row are not.
func telerivetKey(e Event, f map[string]string, q *Request) string {
	key := []string{"telerivet", e.Name, e.ID}
	switch e.Name {
	case "incoming_message", "send_broadcast":
	case "send_status":
		key = append(key, f["status"], f["time_clicked"])
	default:
		key = append(key, f["update_type"], contentSum(q))
	}
	for i := range key {
		key[i] = cut(key[i], 200)
	}
	return strings.Join(key, " ")
}

// contentSum is over the fields but for the secret, which may be rotated between two tries.
func contentSum(q *Request) string {
	h := sha256.New()
	for k, v := range q.form() {
		if k != "secret" {
			h.Write([]byte(strconv.Quote(k) + "=" + strconv.Quote(v) + "\n"))
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// firstValues are the plain fields an event is told from.
func firstValues(q *Request) map[string]string {
	wanted := []string{"event", "id", "status", "update_type", "time_created", "time_sent", "time_clicked", "time_updated"}
	f := make(map[string]string, len(wanted))
	for k, v := range q.form() {
		if _, again := f[k]; !again && slices.Contains(wanted, k) {
			f[k] = v
		}
	}
	return f
}

// unixTime reads seconds since 1970, up to the year 9999.
func unixTime(s string) (time.Time, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n <= 0 || n > 253402300799 {
		return time.Time{}, false
	}
	return time.Unix(n, 0).UTC(), true
}

// cut bounds what a request can make us show or store, at a whole rune.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}
