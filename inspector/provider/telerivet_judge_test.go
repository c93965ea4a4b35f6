package provider

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestTelerivetJudge(t *testing.T) {
	for _, c := range []struct {
		answer Answer
		want   string
	}{
		{Answer{Status: 200}, ""},
		{Answer{Status: 200, Took: 9999 * time.Millisecond}, ""},
		{Answer{Status: 200, Took: 10 * time.Second}, "took 10.0 s, waits 10 s"},
		{Answer{Status: 200, Took: 11234 * time.Millisecond}, "took 11.2 s, waits 10 s"},
		{Answer{Status: 500, Took: 11 * time.Second}, "took 11.0 s, waits 10 s"},
		{Answer{Status: 201}, "answered 201, wants 200"},
		{Answer{Status: 204}, "answered 204, wants 200"},
		{Answer{Status: 301}, "answered 301, wants 200; redirects are not followed"},
		{Answer{Status: 403}, "answered 403, wants 200"},
		{Answer{Status: 500}, "answered 500, wants 200"},
		{Answer{Status: 101}, "answered 101, wants 200"},
		{Answer{Err: "refused", Took: time.Minute}, "nothing answered"},
	} {
		j := telerivet().Assess(formRequest(""), c.answer)
		if j.Accepted != (c.want == "") || j.Text != c.want {
			t.Errorf("%+v: %+v, want %q", c.answer, j, c.want)
		}
		if !j.Accepted && !strings.Contains(j.Next, "up to a day") {
			t.Errorf("%+v: what follows is %q", c.answer, j.Next)
		}
	}
}

func TestTelerivetReply(t *testing.T) {
	const jsonType, text = "application/json; charset=utf-8", "text/html"
	for _, c := range []struct {
		name, contentType, body string
		want                    []string
	}{
		{"none", jsonType, "", nil},
		{"text", text, "OK", nil},
		{"text in braces", text, "{thanks}", nil},
		{"good", jsonType, `{"messages":[{"content":"Hi","to_number":"+1","message_type":"sms","status_url":"https://a.example:8443/x","status_secret":"s","route_id":"PN1"},{"to_number":"*104#","message_type":"ussd"}],"variables":{"contact.name":"A","$foo":42,"return_value":false}}`, nil},
		{"empty PHP arrays", jsonType, `{"messages":[],"variables":[]}`, nil},
		{"wrong type", text, ` {"messages":[]}`, []string{"the body is JSON, but Content-Type is not application/json: Telerivet reads replies only from that"}},
		{"comma as in the document", jsonType, "{\n\"messages\":[\n{\n\"message_type\":\"ussd\",\n}\n]\n}", []string{"bad JSON: a comma before the closing } at line 5, column 1"}},
		{"comma in an array", jsonType, `{"messages":[{"content":"a"},]}`, []string{"bad JSON: a comma before the closing ] at line 1, column 30"}},
		{"cut", jsonType, `{"messages":[`, []string{"bad JSON: it ends too early"}},
		{"not JSON", jsonType, "OK", []string{"bad JSON at line 1, column 1"}},
		{"two values", jsonType, "{} {}", []string{"bad JSON at line 1, column 4"}},
		{"string", jsonType, `"OK"`, []string{"the JSON is a string, wants an object"}},
		{"array", jsonType, `[]`, []string{"the JSON is an array, wants an object"}},
		{"unknown keys", jsonType, `{"mesages":[],"messages":[{"content":"a","to":"+1"}]}`, []string{"unknown key mesages, knows messages and variables", "messages[0] has an unknown key to"}},
		{"types", jsonType, `{"messages":[{"content":5,"to_number":16505550123,"message_type":"fax"}],"variables":7}`, []string{
			"messages[0].content is a number, wants a string", "messages[0].message_type is neither sms nor ussd", "messages[0].to_number is a number, wants a string", "variables is a number, wants an object",
		}},
		{"messages no array", jsonType, `{"messages":{"content":"a"}}`, []string{"messages is an object, wants an array"}},
		{"message no object", jsonType, `{"messages":["a",null]}`, []string{"messages[0] is a string, wants an object", "messages[1] is null, wants an object"}},
		{"content", jsonType, `{"messages":[{"to_number":"+1"},{"message_type":"ussd","content":"a"}]}`, []string{"messages[0] has no content", "messages[1].content is ignored for ussd"}},
		{"status_url", jsonType, `{"messages":[{"content":"a","status_url":"/x"},{"content":"a","status_url":"http://a.example:3000/"}]}`, []string{
			"messages[0].status_url is not an http or https URL", "messages[1].status_url has port 3000; Telerivet calls only 80, 443, 8000, 8080 and 8443",
		}},
		{"return_value outside", jsonType, `{"return_value":false}`, []string{`return_value stands beside variables, belongs inside: {"variables":{"return_value":false}}`}},
		{"return_value", jsonType, `{"variables":{"return_value":"false","$a":{}}}`, []string{"variables: $a is an object, wants a plain value", "variables: return_value is a string, wants true or false"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			q := &Request{Method: "POST", Fields: []Field{{"Content-Type", formType}}, Body: []byte("event=incoming_message&id=SM1")}
			j := telerivet().Assess(q, Answer{Status: 200, Fields: []Field{{"content-type", c.contentType}}, Body: []byte(c.body)})
			if !j.Accepted {
				t.Errorf("not accepted: %+v", j)
			}
			if diff := cmp.Diff(c.want, j.Notes); diff != "" {
				t.Errorf("notes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTelerivetReplyToOtherEvents(t *testing.T) {
	a := Answer{Status: 200, Fields: []Field{{"Content-Type", "application/json"}}, Body: []byte(`{"messages":[{"content":"a"}]}`)}
	j := telerivet().Assess(formRequest(""), a)
	if diff := cmp.Diff([]string{"messages are sent only in answer to incoming_message, this is send_status"}, j.Notes); diff != "" {
		t.Error(diff)
	}
	a.Fields = append(a.Fields, Field{"Content-Encoding", "gzip"})
	if j := telerivet().Assess(formRequest(""), a); j.Notes != nil {
		t.Errorf("a compressed body was read: %q", j.Notes)
	}
}
