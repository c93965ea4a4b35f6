package web

import (
	_ "embed"
	"net/http"
	"strconv"
)

// openapi describes every address under /api. It is kept by hand, and TestOpenAPI holds it to the routes and to their
// real answers.
//
//go:embed openapi.json
var openapi []byte

func (s *Server) apiDocument(w http.ResponseWriter, _ *http.Request) error {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(openapi)))
	_, _ = w.Write(openapi) // the one who asked is gone if this fails
	return nil
}
