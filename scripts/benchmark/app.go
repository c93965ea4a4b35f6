package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
)

// serveApp is the app at the end of every road, a process of its own: it prints its address and answers until its
// standard input ends, which it does when the benchmark is gone, however it went.
func serveApp(ctx context.Context, w io.Writer) error {
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

// answer reads the whole request, checks that body and target are the sender's, and names it in the answer.
func answer(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	var message struct{ ID string }
	err = json.Unmarshal(body, &message)
	if err != nil || len(body) != bodySize || r.Method != http.MethodPost || r.URL.RawQuery != "id="+message.ID {
		http.Error(w, "not what the sender wrote", http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "text/plain")
	w.Header().Set("Content-Length", strconv.Itoa(len(message.ID)))
	io.WriteString(w, message.ID)
}
