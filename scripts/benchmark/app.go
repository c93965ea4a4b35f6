package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
)

// serveApp is the app at the end of every road, a process of its own: it prints its address and answers until its
// standard input ends, which it does when the benchmark is gone, however it went.
func serveApp(ctx context.Context, w io.Writer) error {
	filler()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Fprintln(w, ln.Addr())
	server := &http.Server{Handler: http.HandlerFunc(answer)}
	go func() {
		io.Copy(io.Discard, os.Stdin)
		server.Close()
	}()
	go func() {
		<-ctx.Done()
		server.Close()
	}()
	if err := server.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// pieces are what bodies are read into.
var pieces = sync.Pool{New: func() any { return new([64 * kib]byte) }}

// answer reads the whole request, checks that every byte of the body and the target are the sender's, and names the
// request in the answer.
func answer(w http.ResponseWriter, r *http.Request) {
	id, size := r.URL.Query().Get("id"), r.ContentLength
	if n, err := strconv.ParseInt(r.URL.Query().Get("size"), 10, 64); size < 0 && err == nil {
		size = n // it came in chunks
	}
	start := bodyStart(id)
	if size < int64(len(start)) || size > longestBody {
		http.Error(w, "no body that the sender could have written", http.StatusBadRequest)
		return
	}
	right, err := compare(r.Body, start, int(size))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if !right || r.Method != http.MethodPost || r.URL.RawQuery != query(id, int(size)) {
		http.Error(w, "not what the sender wrote", http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "text/plain")
	w.Header().Set("Content-Length", strconv.Itoa(len(id)))
	io.WriteString(w, id)
}

// compare reads a body to its end.
func compare(body io.Reader, start string, size int) (right bool, err error) {
	piece := pieces.Get().(*[64 * kib]byte)
	defer pieces.Put(piece)
	head := piece[:len(start)]
	if _, err := io.ReadFull(body, head); err != nil {
		return false, err
	}
	right = string(head) == start
	c := checker{expected: rest(size - len(start))}
	if _, err := io.CopyBuffer(&c, struct{ io.Reader }{body}, piece[:]); err != nil {
		return false, err
	}
	return right && c.right(), nil
}
