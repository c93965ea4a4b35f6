package web

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image/gif"
	"image/jpeg"
	"image/png"
	"net/http"

	"devhook/web/view"
)

const (
	imageBytes = 10 << 20 // a larger image is saved, not shown
	imageSide  = 10_000   // pixels of a side
	imageArea  = 40 << 20 // pixels in all: what a browser makes of them is memory
)

// picture is a kind of image that a browser may be given. SVG is none: it is a document that can hold anything.
type picture struct {
	name, kind string
	is         func(data []byte) bool
	bounds     func(data []byte) (width, height int)
}

// pictures are told by their first bytes, never by what the sender calls them.
var pictures = []picture{
	{"PNG image", "image/png", starts("\x89PNG\r\n\x1a\n"), pngBounds},
	{"JPEG image", "image/jpeg", starts("\xff\xd8\xff"), jpegBounds},
	{"GIF image", "image/gif", starts("GIF8"), gifBounds},
	{"WebP image", "image/webp", func(d []byte) bool { return len(d) > 30 && string(d[:4]) == "RIFF" && string(d[8:12]) == "WEBP" }, webpBounds},
	{"BMP image", "image/bmp", func(d []byte) bool { return len(d) > 26 && string(d[:2]) == "BM" }, bmpBounds},
}

func starts(with string) func([]byte) bool {
	return func(data []byte) bool { return bytes.HasPrefix(data, []byte(with)) }
}

// imageOf tells what image a body is, if it is one that can be shown. data may be only its start; whole is its size.
func imageOf(data []byte, whole int64) *view.Image {
	p, width, height := pictureOf(data, whole)
	if p == nil {
		return nil
	}
	return &view.Image{Alt: fmt.Sprintf("%s, %d × %d", p.name, width, height), Width: width, Height: height}
}

func pictureOf(data []byte, whole int64) (p *picture, width, height int) {
	for i := range pictures {
		if p = &pictures[i]; !p.is(data) {
			continue
		}
		width, height = p.bounds(data)
		fits := width > 0 && height > 0 && width <= imageSide && height <= imageSide && width*height <= imageArea && whole <= imageBytes
		if !fits {
			return nil, 0, 0
		}
		return p, width, height
	}
	return nil, 0, 0
}

func pngBounds(data []byte) (int, int) {
	c, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return 0, 0
	}
	return c.Width, c.Height
}

func jpegBounds(data []byte) (int, int) {
	c, err := jpeg.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return 0, 0
	}
	return c.Width, c.Height
}

func gifBounds(data []byte) (int, int) {
	c, err := gif.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return 0, 0
	}
	return c.Width, c.Height
}

// webpBounds reads the first chunk of any of the three kinds of WebP.
func webpBounds(d []byte) (int, int) {
	le := binary.LittleEndian
	switch string(d[12:16]) {
	case "VP8 ":
		return int(le.Uint16(d[26:]) & 0x3fff), int(le.Uint16(d[28:]) & 0x3fff)
	case "VP8L":
		bits := le.Uint32(d[21:])
		return int(bits&0x3fff) + 1, int(bits>>14&0x3fff) + 1
	case "VP8X":
		return int(le.Uint32(d[24:])&0xffffff) + 1, int(le.Uint32(d[26:])>>8) + 1
	}
	return 0, 0
}

// bmpBounds are negative in height where the rows stand the other way round.
func bmpBounds(d []byte) (int, int) {
	le := binary.LittleEndian
	width, height := int(int32(le.Uint32(d[18:]))), int(int32(le.Uint32(d[22:])))
	return width, max(height, -height)
}

// image serves a body that is an image, and nothing else. It may load nothing, run nothing and be nothing but a picture.
func (s *Server) image(w http.ResponseWriter, r *http.Request) error {
	c, err := s.resolve(r)
	if err != nil {
		return err
	}
	none := fault{status: http.StatusNotFound, detail: "the body of this request is no image that can be shown"}
	if c.BodySize == 0 || c.BodySize > imageBytes {
		return none
	}
	body, more, err := readBody(r.Context(), s.cfg.Store, c.ID, imageBytes)
	if err != nil {
		return err
	}
	p, _, _ := pictureOf(body, c.BodySize)
	if p == nil || more {
		return none
	}
	h := w.Header()
	h.Set("Content-Type", p.kind)
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Content-Disposition", "inline")
	_, _ = w.Write(body) // the browser is gone if this fails
	return nil
}
