package web

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"strings"
	"testing"

	"devhook/store"
)

func TestBodyUnpackedFromGzip(t *testing.T) {
	r := newRoom(t)
	shown := func(text string) *answered {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		if _, err := z.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		c, _ := sms(func(c *store.Capture) {
			c.Head = fmt.Appendf(nil, "POST / HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n", b.Len())
		})
		return r.get("/requests/" + r.addBody(200, c, b.Bytes()).ID + "?tab=body").is(200)
	}
	shown(`{"token":"s3cret","a":"b"}`).has("well-formed JSON, unpacked from gzip", `<span class="k">a</span>`).lacks("s3cret")
	shown(`{"token":"s3cret","a":"`+strings.Repeat("0", 2*previewBytes)+`"}`). // cut by us, so nothing is wrong with it
											has("unpacked from gzip and cut at 1.0 MB").lacks("not well-formed", "s3cret")
}
