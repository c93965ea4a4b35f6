package provider

import (
	"net/http"
	"net/url"
	"strings"
)

// sevenSamples has one request for each event and each kind of RCS, as JSON; then one as the form and one as the query that
// a webhook can be registered for too.
func sevenSamples() []Sample {
	return row{samples: []sample{
		sevenJSON("sms_mo", "681590", `{"id":"681590","sender":"491700000000","system":"491771783130","text":"is it open on Sunday?","time":"1795299200","message_type":"SMS"}`),
		sevenJSON("dlr", "77149843739", `{"msg_id":"77149843739","status":"DELIVERED","timestamp":"2026-11-21 23:13:20.000000"}`),
		sevenJSON("voice_call", "1384013", `{"id":1384013,"caller":"491700000000","system":"491771783130","time":1795299200}`),
		sevenJSON("voice_status", "1384013", `{"id":"1384013","callerId":"491771783130","recipient":"491700000000","duration":"42","pricePerMinute":0.045,"status":"completed","timestamp":1795299200}`),
		sevenJSON("voice_dtmf", "1384013", `{"id":1384013,"callerId":"491771783130","recipient":"491700000000","system":"491771783130","dtmf_digit":5,"duration":12,"pricePerMinute":0.045,"total_price":0.009,"status":"inprogress","timestamp":1795299200}`),
		sevenJSON("tracking", "77149843739", `{"type":"click","final_url":"https://shop.example.com/sunday","tracking_url":"https://svn.me/ab12cd","sms_id":"77149843739","sms_label":null,"total_clicks":1,"total_views":3}`),
		sevenJSON("rcs", "681591", `{"id":681591,"agent_id":"shop_agent","sender":"491700000000","content_type":"text","text":"is it open on Sunday?","time":1795299200,"message_type":"RCS"}`),
		sevenJSON("rcs", "681592", `{"id":681592,"agent_id":"shop_agent","sender":"491700000000","content_type":"suggestion_response","suggestion_response":{"postbackData":"open_sunday","text":"Sunday","type":"REPLY"},"time":1795299200,"message_type":"RCS"}`),
		sevenJSON("rcs", "681593", `{"id":681593,"agent_id":"shop_agent","sender":"491700000000","content_type":"user_file","user_file":{"payload":{"fileName":"door.jpg","fileSizeBytes":48211,"fileUri":"https://rcs.example.com/door.jpg","mimeType":"image/jpeg"}},"time":1795299200,"message_type":"RCS"}`),
		sevenJSON("rcs", "681594", `{"id":681594,"agent_id":"shop_agent","sender":"491700000000","content_type":"location","location":{"latitude":54.3233,"longitude":10.1228},"time":1795299200,"message_type":"RCS"}`),
		sevenJSON("rcs", "77149843740", `{"agent_id":"shop_agent","sender":"491700000000","status":"READ","msg_id":"77149843740","foreign_id":null,"timestamp":1795299200}`),
		sevenForm(http.MethodPost, "dlr", "msg_id", "77149843739", "status", "TRANSMITTED", "timestamp", "2026-11-21 23:13:20.000000"),
		sevenForm(http.MethodGet, "sms_mo", "id", "681590", "sender", "491700000000", "system", "491771783130", "text", "is it open on Sunday?", "time", "1795299200", "message_type", "SMS"),
	}}.allSamples()
}

func sevenJSON(event, id, data string) sample {
	return sample{
		event: event, id: id,
		body: `{"data":` + data + `,"webhook_event":"` + event + `","webhook_timestamp":"2026-11-21T23:13:20+01:00"}`,
	}
}

// sevenForm takes name, value, name, value, … of data, the id first.
func sevenForm(method, event string, data ...string) sample {
	var b strings.Builder
	b.WriteString("webhook_event=" + event + "&webhook_timestamp=2026-11-21+23%3A13%3A20")
	for i := 0; i+1 < len(data); i += 2 {
		b.WriteString("&" + url.QueryEscape("data["+data[i]+"]") + "=" + url.QueryEscape(data[i+1]))
	}
	if method == http.MethodGet {
		return sample{event: event, id: data[1], method: method, path: "/webhook?" + b.String()}
	}
	return sample{event: event, id: data[1], method: method, headers: []string{"Content-Type: " + formType}, body: b.String()}
}
