package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
)

//go:embed static/*.css static/*.js static/*.svg
var files embed.FS

// asset is a file of the page itself, with a tag that changes when it does.
type asset struct {
	data      []byte
	kind, tag string
}

var kinds = map[string]string{
	"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml",
}

func assets() (map[string]asset, error) {
	out := map[string]asset{}
	list, err := fs.ReadDir(files, "static")
	if err != nil {
		return nil, fmt.Errorf("web: read static: %w", err)
	}
	for _, f := range list {
		data, err := files.ReadFile("static/" + f.Name())
		if err != nil {
			return nil, fmt.Errorf("web: read static: %w", err)
		}
		sum := sha256.Sum256(data)
		ext := f.Name()[strings.LastIndexByte(f.Name(), '.')+1:]
		out[f.Name()] = asset{data: data, kind: kinds[ext], tag: `"` + hex.EncodeToString(sum[:8]) + `"`}
	}
	return out, nil
}

// static serves the page's own files. They hold nothing captured, so a browser may keep them, and asks each time
// whether they are still the same.
func (s *Server) static(w http.ResponseWriter, r *http.Request) error {
	a, ok := s.assets[r.PathValue("file")]
	if !ok {
		return fault{status: http.StatusNotFound, detail: "there is no such file"}
	}
	h := w.Header()
	h.Set("Cache-Control", "no-cache")
	h.Set("ETag", a.tag)
	if r.Header.Get("If-None-Match") == a.tag {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	h.Set("Content-Type", a.kind)
	h.Set("Content-Length", strconv.Itoa(len(a.data)))
	_, _ = w.Write(a.data) // the browser is gone if this fails
	return nil
}
