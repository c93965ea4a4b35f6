package export

import (
	"strings"
	"testing"

	"devhook/store"
)

func capture(head string) *store.Capture {
	start, _, _ := strings.Cut(head, "\r\n")
	words := strings.Split(start, " ")
	return &store.Capture{
		ID: "01JDB7Q4M8T0Z5X2C9R1W6K3VN", State: store.Complete, Framing: "length", Head: []byte(head),
		Method: words[0], Target: words[1], Proto: words[2], Host: "h.example", PublicURL: "http://h.example" + words[1],
	}
}

func TestRaw(t *testing.T) {
	c := capture("POST /a?token=x HTTP/1.1\r\nhost:h.example\r\nContent-Length: 12\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n")
	const body = "secret=x&a=b"
	if got := string(Raw(c, []byte(body), nil)); got != string(c.Head)+body {
		t.Errorf("got %q", got)
	}
	want := strings.Replace(string(c.Head), "token=x", "token=••••••••", 1) + "secret=••••••••&a=b"
	if got := string(Raw(c, []byte(body), telerivetMask())); got != want {
		t.Errorf("masked:\ngot  %q\nwant %q", got, want)
	}
}

func TestRawChunked(t *testing.T) {
	c := capture("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")
	c.Framing, c.Trailer = "chunked", []byte("X-Sum: 1\r\nX-Api-Key: k\r\n")
	for body, want := range map[string]string{
		"hello, all of you": "11\r\nhello, all of you\r\n0\r\nX-Sum: 1\r\nX-Api-Key: ••••••••\r\n\r\n",
		"":                  "0\r\nX-Sum: 1\r\nX-Api-Key: ••••••••\r\n\r\n",
	} {
		if got := string(Raw(c, []byte(body), telerivetMask())); got != string(c.Head)+want {
			t.Errorf("got %q", got)
		}
	}
	c.State, c.Trailer = store.Incomplete, nil
	if got := string(Raw(c, []byte("half"), nil)); got != string(c.Head)+"4\r\nhalf\r\n" {
		t.Errorf("cut off: got %q", got)
	}
}

func TestFile(t *testing.T) {
	c := capture("POST /a?token=x HTTP/1.1\r\nhost:h.example\r\nContent-Length: 12\r\nX-A: 1\r\n\r\n")
	got, err := File(c, []byte("secret=x&a=b"), telerivetMask())
	want := "POST http://h.example/a?token=•••••••• HTTP/1.1\nhost:h.example\nX-A: 1\n\nsecret=••••••••&a=b"
	if err != nil || string(got) != want {
		t.Errorf("error %v\ngot  %q\nwant %q", err, got, want)
	}
}

func TestMalformedHasOnlyRaw(t *testing.T) {
	c := &store.Capture{ID: "01A", State: store.Malformed, Head: []byte("GET\x00\r\nAuthorization: x")}
	if _, err := Curl(c, nil, nil); err == nil || !strings.HasPrefix(err.Error(), `export: write "01A" as curl: `) {
		t.Errorf("curl: %v", err)
	}
	if _, err := File(c, nil, nil); err == nil {
		t.Error("a file was made")
	}
	if got := string(Raw(c, nil, telerivetMask())); got != "GET\x00\r\nAuthorization: ••••••••" {
		t.Errorf("raw %q", got)
	}
}
