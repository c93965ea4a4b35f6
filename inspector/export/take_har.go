package export

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"devhook/store"
	"devhook/tunnel/http1"
)

// takenEntry is an entry of a HAR. Answers are not read: what was said elsewhere says nothing of the app here.
type takenEntry struct {
	Started string `json:"startedDateTime"`
	Request struct {
		Method  string             `json:"method"`
		URL     string             `json:"url"`
		Version string             `json:"httpVersion"`
		Headers bounded[takenPair] `json:"headers"`
		Post    *takenPost         `json:"postData"`
	} `json:"request"`
}

type takenPair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type takenPost struct {
	Type     string             `json:"mimeType"`
	Params   bounded[takenPair] `json:"params"`
	Text     *string            `json:"text"`
	Encoding string             `json:"encoding"`
}

// taken makes the request of an entry anew: as HTTP/1.1, whatever it was. A HAR has no bytes, so spaces and line ends are ours.
func (e *takenEntry) taken() (*Taken, error) {
	scheme, authority, target, ok := parted(e.Request.URL)
	if !ok || e.Request.Method == "CONNECT" {
		return nil, errLeft
	}
	if !http1.ValidMethod(e.Request.Method) {
		return nil, fmt.Errorf("%q can't be a method", e.Request.Method)
	}
	if !http1.ValidTarget(target) {
		return nil, fmt.Errorf("its head is none: %q can't be a target", target)
	}
	body, known, err := e.Request.Post.body()
	if err != nil {
		return nil, err
	}
	fields, host, err := e.fields(authority)
	if err != nil {
		return nil, err
	}
	t := &Taken{Body: body, Capture: &store.Capture{
		State: store.Complete, PublicURL: scheme + "://" + host + target,
	}}
	if at, err := time.Parse(time.RFC3339, e.Started); err == nil {
		t.Capture.ReceivedAt = at
	}
	if announced(fields) && !known {
		t.Capture.State = store.Incomplete
	} else {
		fields = measured(fields, len(body))
	}
	proto := "HTTP/1.1"
	if strings.EqualFold(e.Request.Version, "HTTP/1.0") {
		proto = "HTTP/1.0"
	}
	t.Capture.Head = http1.AppendHead(nil, e.Request.Method+" "+target+" "+proto, fields)
	return t, t.settle()
}

// parted takes an address apart; ok is false for what is no HTTP.
func parted(address string) (scheme, authority, target string, ok bool) {
	scheme, rest, found := strings.Cut(address, "://")
	scheme = strings.ToLower(scheme)
	if !found || scheme != "http" && scheme != "https" {
		return "", "", "", false
	}
	rest, _, _ = strings.Cut(rest, "#")
	end := strings.IndexAny(rest, "/?")
	if end < 0 {
		end = len(rest)
	}
	authority, target = rest[:end], rest[end:]
	if _, host, credentials := strings.Cut(authority, "@"); credentials {
		authority = host
	}
	if !strings.HasPrefix(target, "/") {
		target = "/" + target
	}
	return scheme, authority, target, authority != ""
}

// fields are the header lines. HTTP/2 has the host among pseudo headers, and browsers leave lines out.
func (e *takenEntry) fields(authority string) (fields []http1.Field, host string, err error) {
	for _, h := range e.Request.Headers {
		if strings.EqualFold(h.Name, ":authority") && h.Value != "" {
			authority = h.Value
		}
		if strings.HasPrefix(h.Name, ":") {
			continue
		}
		for value := range strings.SplitSeq(h.Value, "\n") { // several lines of a name, as some write them
			f := http1.Field{Name: h.Name, Value: strings.TrimSpace(value)}
			if !http1.ValidField(f.Name, f.Value) {
				return nil, "", fmt.Errorf("%q can't be a header line", h.Name)
			}
			fields = append(fields, f)
		}
	}
	if i := slices.IndexFunc(fields, named("Host")); i >= 0 {
		authority = fields[i].Value
	} else {
		fields = slices.Insert(fields, 0, http1.Field{Name: "Host", Value: authority})
	}
	if p := e.Request.Post; p != nil && p.Type != "" && !slices.ContainsFunc(fields, named("Content-Type")) {
		if !http1.ValidField("Content-Type", p.Type) {
			return nil, "", errors.New("its mimeType can't be a header line")
		}
		fields = append(fields, http1.Field{Name: "Content-Type", Value: p.Type})
	}
	return fields, authority, nil
}

func named(name string) func(http1.Field) bool {
	return func(f http1.Field) bool { return strings.EqualFold(f.Name, name) }
}

// announced says that header lines speak of a body.
func announced(fields []http1.Field) bool {
	return slices.ContainsFunc(fields, func(f http1.Field) bool {
		n, err := strconv.ParseInt(f.Value, 10, 64)
		return named("Content-Length")(f) && (err != nil || n > 0) || named("Transfer-Encoding")(f)
	})
}

// measured makes the lines on the body's length fit: what is written there may be of a compressed body, or missing.
func measured(fields []http1.Field, n int) []http1.Field {
	chunked := slices.ContainsFunc(fields, func(f http1.Field) bool {
		return named("Transfer-Encoding")(f) && strings.EqualFold(f.Value, "chunked")
	})
	said := false
	fields = slices.DeleteFunc(fields, func(f http1.Field) bool {
		length, transfer := named("Content-Length")(f), named("Transfer-Encoding")(f)
		drop := length && (said || chunked) || transfer && !chunked
		said = said || length
		return drop
	})
	switch i := slices.IndexFunc(fields, named("Content-Length")); {
	case i >= 0:
		fields[i].Value = strconv.Itoa(n)
	case n > 0 && !chunked:
		fields = append(fields, http1.Field{Name: "Content-Length", Value: strconv.Itoa(n)})
	}
	return fields
}

// body is what was posted; known says that the file has it.
func (p *takenPost) body() (body []byte, known bool, err error) {
	switch {
	case p == nil:
		return nil, false, nil
	case p.Text != nil && strings.EqualFold(p.Encoding, "base64"):
		if body, err = base64.StdEncoding.DecodeString(*p.Text); err != nil {
			return nil, false, errors.New("its body is said to be base64 and isn't")
		}
		return body, true, nil
	case p.Text != nil && (*p.Text != "" || len(p.Params) == 0):
		return []byte(*p.Text), true, nil
	case mediaType(p.Type) != "application/x-www-form-urlencoded":
		return nil, false, nil
	}
	var form []string
	for _, f := range p.Params {
		form = append(form, url.QueryEscape(f.Name)+"="+url.QueryEscape(f.Value))
	}
	return []byte(strings.Join(form, "&")), true, nil
}
