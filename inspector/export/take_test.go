package export

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/har"
	"github.com/google/go-cmp/cmp"

	"devhook/store"
)

func exchange(head, body string) Exchange {
	c := capture(head)
	c.ReceivedAt = time.Date(2026, 11, 21, 22, 10, 3, 123456000, time.UTC)
	c.BodySize = int64(len(body))
	return Exchange{Capture: c, Body: []byte(body)}
}

// TestHARIsOne reads what we write with somebody else's types of the format.
func TestHARIsOne(t *testing.T) {
	x := exchange("POST /a?token=x&b=%20 HTTP/1.1\r\nHost: h.example\r\nCookie: k=v\r\nContent-Type: application/json\r\nContent-Length: 14\r\n\r\n", `{"secret":"x"}`)
	x.Delivery = &store.Delivery{
		Status: 302, Duration: 12 * time.Millisecond, BodySize: 2,
		Head: []byte("HTTP/1.1 302 Found\r\nLocation: /else\r\nSet-Cookie: s=1\r\n\r\n"),
	}
	x.Answer = []byte{0, 0xff}
	silent := exchange("GET / HTTP/1.0\r\n\r\n", "")
	silent.Delivery = &store.Delivery{Error: "nothing listens on localhost:3000"}
	out, err := HAR([]Exchange{x, silent, exchange("GET /b HTTP/1.1\r\nHost: h\r\n\r\n", "")}, "v1", telerivetMask())
	if err != nil {
		t.Fatal(err)
	}
	var file har.HAR
	if err := json.Unmarshal(out, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Log.Entries) != 3 || file.Log.Version != "1.2" || file.Log.Creator.Name != "devhook" {
		t.Fatalf("%+v", file.Log)
	}
	e := file.Log.Entries[0]
	got := fmt.Sprintln(e.StartedDateTime, e.Time, e.Request.Method, e.Request.URL, e.Request.HTTPVersion, e.Request.BodySize) +
		fmt.Sprintln(e.Request.PostData.MimeType, e.Request.PostData.Text, len(e.Request.Headers), *e.Request.QueryString[1]) +
		fmt.Sprintln(e.Response.Status, e.Response.StatusText, e.Response.RedirectURL, string(e.Response.Content.Text), e.Response.Content.Encoding)
	want := "2026-11-21T22:10:03.123456Z 12 POST http://h.example/a?token=••••••••&b=%20 HTTP/1.1 14\n" +
		"application/json {\"secret\":\"••••••••\"} 4 {b   }\n" +
		"302 Found /else \x00\xff base64\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if r := file.Log.Entries[1].Response; r.Status != 0 || !strings.Contains(string(out), `"_error": "nothing listens`) {
		t.Errorf("an answer that never came: %+v", r)
	}
	for _, secret := range []string{"k=v", "s=1", `"x"`, "token=x"} {
		if strings.Contains(string(out), secret) {
			t.Errorf("%q is in it", secret)
		}
	}
}

// one wraps an entry's request as a HAR.
func one(request string) string {
	return `{"log":{"entries":[{"startedDateTime":"2026-11-21T22:10:03.123+01:00","request":` + request + `,"response":{"content":{"text":"x"}}}]}}`
}

func TestTakeHAR(t *testing.T) {
	for name, c := range map[string]struct{ request, head, body, url string }{
		"chromium, over HTTP/2": {
			`{"method":"POST","url":"https://shop.example/a?b=c#d","httpVersion":"http/2.0","cookies":[],"queryString":[{"name":"b","value":"c"}],
				"headers":[{"name":":authority","value":"shop.example"},{"name":":method","value":"POST"},{"name":":path","value":"/a?b=c"},{"name":":scheme","value":"https"},
				{"name":"accept","value":"*/*"},{"name":"content-length","value":"7"},{"name":"content-type","value":"application/json"}],
				"headersSize":-1,"bodySize":7,"postData":{"mimeType":"application/json","text":"{\"a\":1}"}}`,
			"POST /a?b=c HTTP/1.1\r\nHost: shop.example\r\naccept: */*\r\ncontent-length: 7\r\ncontent-type: application/json\r\n\r\n", `{"a":1}`, "https://shop.example/a?b=c",
		},
		"firefox, a form as parameters": {
			`{"method":"POST","url":"http://shop.example:8080/f","httpVersion":"HTTP/1.1","headers":[{"name":"Host","value":"shop.example:8080"},
				{"name":"Content-Type","value":"application/x-www-form-urlencoded"},{"name":"Content-Length","value":"14"}],
				"postData":{"mimeType":"application/x-www-form-urlencoded","params":[{"name":"a","value":"1 2"},{"name":"ü","value":"&"}],"text":""}}`,
			"POST /f HTTP/1.1\r\nHost: shop.example:8080\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 16\r\n\r\n", "a=1+2&%C3%BC=%26", "http://shop.example:8080/f",
		},
		"a proxy, bytes as base64, no headers": {
			`{"method":"PUT","url":"https://user:pass@shop.example","httpVersion":"HTTP/1.1","headers":[],"postData":{"mimeType":"application/octet-stream","text":"AP8=","encoding":"base64"}}`,
			"PUT / HTTP/1.1\r\nHost: shop.example\r\nContent-Type: application/octet-stream\r\nContent-Length: 2\r\n\r\n", "\x00\xff", "https://shop.example/",
		},
		"chunked, and a length of the compressed body": {
			`{"method":"POST","url":"http://h/","httpVersion":"HTTP/1.1","headers":[{"name":"Transfer-Encoding","value":"chunked"},{"name":"Content-Length","value":"3"}],"postData":{"mimeType":"","text":"hello"}}`,
			"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n", "hello", "http://h/",
		},
		"old protocol, lines joined": {
			`{"method":"GET","url":"http://h?x","httpVersion":"HTTP/1.0","headers":[{"name":"X-A","value":"1\n2"}]}`,
			"GET /?x HTTP/1.0\r\nHost: h\r\nX-A: 1\r\nX-A: 2\r\n\r\n", "", "http://h/?x",
		},
		"nothing but the address": {`{"method":"GET","url":"http://h/"}`, "GET / HTTP/1.1\r\nHost: h\r\n\r\n", "", "http://h/"},
	} {
		t.Run(name, func(t *testing.T) {
			all, left, err := Take(strings.NewReader(one(c.request)))
			if err != nil || left != 0 || len(all) != 1 {
				t.Fatalf("%d taken, %d left, %v", len(all), left, err)
			}
			got := all[0]
			if diff := cmp.Diff([]string{c.head, c.body, c.url}, []string{string(got.Capture.Head), string(got.Body), got.Capture.PublicURL}); diff != "" {
				t.Error(diff)
			}
			if got.Capture.State != store.Complete || got.Masked || !got.Capture.ReceivedAt.Equal(time.Date(2026, 11, 21, 21, 10, 3, 123e6, time.UTC)) {
				t.Errorf("%+v", got.Capture)
			}
		})
	}
}

// TestTakeWithoutBody holds that a body which a file lacks is not taken for an empty one.
func TestTakeWithoutBody(t *testing.T) {
	for _, request := range []string{
		`{"method":"POST","url":"http://h/","headers":[{"name":"Content-Length","value":"5"}]}`,
		`{"method":"POST","url":"http://h/","headers":[{"name":"Content-Length","value":"5"}],"postData":{"mimeType":"multipart/form-data; boundary=x","params":[{"name":"a"}]}}`,
	} {
		all, _, err := Take(strings.NewReader(one(request)))
		if err != nil || len(all) != 1 || all[0].Capture.State != store.Incomplete {
			t.Errorf("%s: %v, %+v", request, err, all)
		}
	}
}

func TestTakeLeavesOut(t *testing.T) {
	for _, url := range []string{"data:,x", "blob:https://h/1", "wss://h/live", "chrome-extension://x/y", "", "https:///x"} {
		all, left, err := Take(strings.NewReader(one(`{"method":"GET","url":"` + url + `"}`)))
		if len(all) != 0 || left != 1 || err != nil {
			t.Errorf("%s: %d taken, %d left, %v", url, len(all), left, err)
		}
	}
}

func TestTakeCapture(t *testing.T) {
	odd := base64.StdEncoding.EncodeToString([]byte("POST /\xff HTTP/1.1\r\nHost:h\r\nTransfer-Encoding: chunked\r\n\r\n"))
	all, left, err := Take(strings.NewReader(`{"state":"refused","head":"x","head_base64":"` + odd + `","body":{"base64":"/w=="},"trailers":[["X-Sum","1"]],"verdict":"invalid","received_at":"2026-11-21T22:10:03.000001Z"}
		[{"head":"GET / HTTP/1.1\r\nHost: h\r\n\r\n","body":{"text":""},"masked":true},{"state":"malformed","head":"GET\u0000","body":{"text":""}}]`))
	if err != nil || left != 0 || len(all) != 3 {
		t.Fatalf("%d taken, %v", len(all), err)
	}
	c := all[0].Capture
	got := []string{string(c.Head), string(all[0].Body), string(c.Trailer), c.Target, c.Framing, string(c.State), all[0].Was}
	want := []string{"POST /\xff HTTP/1.1\r\nHost:h\r\nTransfer-Encoding: chunked\r\n\r\n", "\xff", "X-Sum: 1\r\n", "/\xff", "chunked", "complete", "invalid"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if !all[1].Masked || all[2].Capture.State != store.Malformed || string(all[2].Capture.Head) != "GET\x00" {
		t.Errorf("%+v", all[1:])
	}
}

// TestTakeMasked holds that a mask in a file is seen even if nothing else says so, and that the body's length fits again.
func TestTakeMasked(t *testing.T) {
	all, _, err := Take(strings.NewReader(`{"head":"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 8\r\n\r\n","body":{"text":"secret=` + Hidden + `"}}`))
	if err != nil || !all[0].Masked {
		t.Fatalf("%v %+v", err, all)
	}
	if want := fmt.Sprintf("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n", len(all[0].Body)); string(all[0].Capture.Head) != want {
		t.Errorf("head %q", all[0].Capture.Head)
	}
}

func TestTakeRefuses(t *testing.T) {
	head := func(h string) string {
		b, _ := json.Marshal(h)
		return `{"head":` + string(b) + `,"body":{"text":"abc"}}`
	}
	for name, c := range map[string]struct{ file, want string }{
		"nothing":           {"", "export: read: it is empty"},
		"no JSON":           {"x", "export: read: it is no JSON, from byte 0 on"},
		"cut off":           {`{"log":{"entries":[`, "export: read: it is no JSON, from byte 0 on"},
		"a number":          {"1", "export: read request 1: here an object is wanted"},
		"a list's entry":    {`{"id":"1"}`, "export: read request 1: it has no head: devhook export ID --as json writes one"},
		"no head at all":    {head("hello"), "its empty line is missing"},
		"two heads":         {head("GET / HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\n\r\n"), "something follows the empty line"},
		"another length":    {head("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n"), "its body has 3 bytes, its head says 9"},
		"a smuggled length": {head("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n"), "its head is none: "},
		"a long head":       {head("GET / HTTP/1.1\r\nHost: h\r\nX: " + strings.Repeat("x", 70<<10) + "\r\n\r\n"), "its head is none: "},
		"many lines":        {head("GET / HTTP/1.1\r\nHost: h\r\n" + strings.Repeat("X: x\r\n", 300) + "\r\n"), "its head is none: "},
		"a long target":     {head("GET /" + strings.Repeat("x", 20<<10) + " HTTP/1.1\r\nHost: h\r\n\r\n"), "its head is none: "},
		"a malformed one":   {`{"state":"malformed","head":"` + strings.Repeat("x", 70<<10) + `"}`, "its head is longer than 64 KiB"},
		"a long body":       {one(`{"method":"POST","url":"http://h/","postData":{"text":"` + strings.Repeat("x", TakeBody+1) + `"}}`), "its body is longer than 32 MiB"},
		"a trailer":         {`{"head":"GET / HTTP/1.1\r\nHost: h\r\n\r\n","trailers":[["a\r\nb","c"]]}`, "can't be a trailer"},
		"a method":          {one(`{"method":"GE T","url":"http://h/"}`), `"GE T" can't be a method`},
		"a target":          {one(`{"method":"GET","url":"http://h/a b"}`), "its head is none: "},
		"lines in a target": {one(`{"method":"GET","url":"http://h/ HTTP/1.1\r\nEvil: 1"}`), `"/ HTTP/1.1\r\nEvil: 1" can't be a target`},
		"a time":            {`{"head":"GET / HTTP/1.1\r\nHost: h\r\n\r\n","received_at":"yesterday"}`, "request 1: its received_at is no time as in 2026-11-21T22:10:03Z"},
		"a header":          {one(`{"method":"GET","url":"http://h/","headers":[{"name":"a b","value":"x"}]}`), `"a b" can't be a header line`},
		"a header's value":  {one(`{"method":"GET","url":"http://h/","headers":[{"name":"a","value":"x\u0000"}]}`), `"a" can't be a header line`},
		"a type":            {one(`{"method":"GET","url":"http://h/","postData":{"mimeType":"a\r\nb: c","text":"x"}}`), "its mimeType can't be a header line"},
		"wrong base64":      {one(`{"method":"GET","url":"http://h/","postData":{"text":"%","encoding":"base64"}}`), "said to be base64"},
		"another form":      {`{"log":{"entries":[{"request":{"url":1}}]}}`, "neither of a HAR nor of devhook: request.url holds a number"},
		"many entries":      {`{"log":{"entries":[` + strings.Repeat("{},", TakeEntries) + `{}]}}`, "a list has more than 10000 entries"},
		"many headers":      {one(`{"method":"GET","url":"http://h/","headers":[` + strings.Repeat(`{"name":"a"},`, TakeEntries) + `{}]}`), "a list has more than 10000 entries"},
		"one after another": {strings.Repeat(`{"log":{"entries":[{},{},{}]}}`, TakeEntries), "it has more than 10000 requests"},
		"deep":              {strings.Repeat("[", 20_000), "it is no JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			all, _, err := Take(strings.NewReader(c.file))
			if _, fault := err.(*TakeFault); !fault || !strings.Contains(err.Error(), c.want) || all != nil {
				t.Errorf("%d taken, %.300v, want %q", len(all), err, c.want)
			}
		})
	}
}

// FuzzTake holds that whatever is taken is one whole request within the bounds.
func FuzzTake(f *testing.F) {
	f.Add(one(`{"method":"POST","url":"https://h/a?b","headers":[{"name":"content-length","value":"7"}],"postData":{"mimeType":"text/plain","text":"AP8=","encoding":"base64"}}`))
	f.Add(`[{"head":"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n","body":{"text":"abc"},"trailers":[["a","b"]]}]`)
	f.Add(`{"head_base64":"R0VUIC8gSFRUUC8xLjENCkhvc3Q6IGgNCg0K","body":{"base64":""},"state":"incomplete"}`)
	f.Fuzz(func(t *testing.T, file string) {
		all, _, err := Take(strings.NewReader(file))
		if err != nil {
			return
		}
		for _, one := range all {
			c := one.Capture
			if c.State == store.Malformed {
				continue
			}
			if c.Method == "" || c.Target == "" || !bytes.HasSuffix(c.Head, []byte("\n")) || len(one.Body) > TakeBody {
				t.Errorf("%q became %q", file, c.Head)
			}
			if c.State == store.Complete && c.Framing == "none" && len(one.Body) > 0 {
				t.Errorf("%q has a body that its head doesn't announce", file)
			}
		}
	})
}

// TestTakeMarked: programs on Windows put a mark before the file.
func TestTakeMarked(t *testing.T) {
	all, _, err := Take(strings.NewReader("\ufeff" + `{"log":{"entries":[{"request":{"method":"GET","url":"http://h/é|{}"}}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(all[0].Capture.Head), "GET /é|{} HTTP/1.1\r\nHost: h\r\n\r\n"; got != want {
		t.Errorf("head %q, want %q", got, want)
	}
}
