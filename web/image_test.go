package web

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
)

func drawnImage(t *testing.T, how string, width, height int) []byte {
	t.Helper()
	var b bytes.Buffer
	img := image.NewPaletted(image.Rect(0, 0, width, height), color.Palette{color.Black, color.White})
	for i := range img.Pix {
		img.Pix[i] = byte(i / 7 % 2)
	}
	var err error
	switch how {
	case "png":
		err = png.Encode(&b, img)
	case "jpeg":
		err = jpeg.Encode(&b, img, nil)
	case "gif":
		err = gif.Encode(&b, img, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// webp is a lossless picture of one by one.
const webp = "UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA=="

func bmp(width, height int32) []byte {
	b := make([]byte, 58)
	copy(b, "BM")
	le := binary.LittleEndian
	le.PutUint32(b[2:], 58)
	le.PutUint32(b[10:], 54)
	le.PutUint32(b[14:], 40)
	le.PutUint32(b[18:], uint32(width))
	le.PutUint32(b[22:], uint32(height))
	le.PutUint16(b[26:], 1)
	le.PutUint16(b[28:], 24)
	return b
}

func TestImages(t *testing.T) {
	r := newRoom(t)
	tiny, err := base64.StdEncoding.DecodeString(webp)
	if err != nil {
		t.Fatal(err)
	}
	svg := `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`
	for _, c := range []struct {
		name, called string
		body         []byte
		kind, says   string // "" is no image
	}{
		{"PNG", "image/png", drawnImage(t, "png", 40, 30), "image/png", "PNG image, 40 × 30"},
		{"JPEG", "image/jpeg", drawnImage(t, "jpeg", 40, 30), "image/jpeg", "JPEG image, 40 × 30"},
		{"GIF", "image/gif", drawnImage(t, "gif", 40, 30), "image/gif", "GIF image, 40 × 30"},
		{"WebP", "image/webp", tiny, "image/webp", "WebP image, 1 × 1"},
		{"BMP", "image/bmp", bmp(1, -1), "image/bmp", "BMP image, 1 × 1"},
		{"called something else", "text/html", drawnImage(t, "png", 4, 3), "image/png", "PNG image, 4 × 3"},
		{"SVG", "image/svg+xml", []byte(svg), "", "well-formed XML"},
		{"SVG called PNG", "image/png", []byte(svg), "", "image/png"},
		{"HTML called PNG", "image/png", []byte("<script>alert(1)</script>"), "", "image/png"},
		{"too wide", "image/bmp", bmp(imageSide+1, 1), "", "not text"},
		{"too large", "image/bmp", bmp(imageSide, imageSide), "", "not text"},
		{"of no size", "image/bmp", bmp(0, 1), "", "not text"},
		{"only a start", "image/png", []byte("\x89PNG\r\n\x1a\n"), "", "image/png"},
		{"nothing", "image/png", nil, "", "No body"},
	} {
		one := r.bodied(c.called, "", string(c.body))
		page := r.get("/requests/" + one.ID + "?tab=body").is(200).has(c.says)
		inert(t, c.name, page.body)
		if shown := strings.Contains(page.body, "<img "); shown != (c.kind != "") {
			t.Errorf("%s: shown as an image is %v", c.name, shown)
		}
		served := r.get("/requests/" + one.ID + "/image")
		if c.kind == "" {
			served.is(404)
			continue
		}
		served.is(200)
		if served.body != string(c.body) {
			t.Errorf("%s: other bytes are served", c.name)
		}
		for name, want := range map[string]string{"Content-Type": c.kind, "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox"} {
			if got := served.Header.Values(name); len(got) != 1 || got[0] != want {
				t.Errorf("%s: %s is %q, want %q alone", c.name, name, got, want)
			}
		}
	}
	long := append(drawnImage(t, "png", 4, 3), make([]byte, imageBytes)...)
	r.get("/requests/" + r.bodied("image/png", "", string(long)).ID + "/image").is(404)
}
