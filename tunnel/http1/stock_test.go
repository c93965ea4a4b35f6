package http1

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// stockServer is net/http as it comes. It answers with what its handler was given.
func stockServer(t *testing.T) string {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		seen := fmt.Sprintf("%s %s %s", r.Method, shorten(r.RequestURI), shorten(string(body)))
		for _, name := range slices.Sorted(maps.Keys(r.Trailer)) {
			seen += " +" + shorten(fmt.Sprint(name, r.Trailer[name]))
		}
		if err != nil {
			seen += " broken"
		}
		io.WriteString(w, seen)
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Start()
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

// askStock sends bytes, ends its side of the connection, and tells the answers: the status, and for 200 what the handler saw.
func askStock(t *testing.T, addr, in string) string {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(30 * time.Second))
	go func() { // beside the reading: the server may answer and stop listening before all is sent
		io.WriteString(conn, in)
		conn.(*net.TCPConn).CloseWrite()
	}()
	var told []string
	r := bufio.NewReader(conn)
	for len(told) < 10 {
		p, err := http.ReadResponse(r, nil)
		if err != nil {
			break
		}
		body, _ := io.ReadAll(p.Body)
		line := fmt.Sprint(p.StatusCode)
		if p.StatusCode == 200 && len(body) > 0 {
			line += " " + string(body)
		}
		told = append(told, line)
	}
	return strings.Join(told, " | ")
}
