package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"devhook/tunnel/http1"
)

// serveTrial answers at a public address that is had for a moment: our own
// request gets its nonce. Nothing is recorded here, so whoever else calls is
// asked to come again.
func serveTrial(ln net.Listener, nonce string) {
	for {
		c, err := ln.Accept()
		if err != nil {
			return // it was given back
		}
		go answerTrial(c, nonce)
	}
}

func answerTrial(c net.Conn, nonce string) {
	defer c.Close()
	if c.SetDeadline(time.Now().Add(lookFor)) != nil {
		return
	}
	status, body := http.StatusServiceUnavailable, "devhook doctor has this address for a moment\n"
	q, err := http1.NewReader(c).ReadRequest(http1.Limits{})
	if err == nil && q.Method == http.MethodGet && q.Target == probePath+nonce {
		status, body = http.StatusOK, nonce
	}
	if _, err := fmt.Fprintf(c, "HTTP/1.1 %d %s\r\nContent-Type: text/plain\r\nContent-Length: %d\r\nRetry-After: 5\r\nConnection: close\r\n\r\n%s",
		status, http.StatusText(status), len(body), body); err != nil {
		return
	}
	switch end := c.(type) {
	case interface{ Finish(keep bool) error }: // carries one exchange
		_ = end.Finish(false)
	case interface{ CloseWrite() error }: // a close with unread bytes could destroy the answer
		_ = end.CloseWrite()
		_, _ = io.Copy(io.Discard, io.LimitReader(c, 1<<20))
	}
}
