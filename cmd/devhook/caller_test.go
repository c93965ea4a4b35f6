package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"
)

// callerMain is a sender that does not let up: caller [-every D] URL. It sends a webhook on a new connection at each tick,
// whatever becomes of those before, and prints a line for each when it is over: when it began, in microseconds since 1970,
// how long it took, in microseconds, the status or 0, and the first line of the answer or the error.
func callerMain() {
	every := flag.Duration("every", 100*time.Millisecond, "")
	flag.Parse()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 2 * time.Minute}
	for range time.Tick(*every) {
		go func() {
			began := time.Now()
			status, text := callOnce(client, flag.Arg(0))
			line := fmt.Sprintf("%d %d %d %s\n", began.UnixMicro(), time.Since(began).Microseconds(), status, text)
			if _, err := io.WriteString(os.Stdout, line); err != nil {
				os.Exit(0) // the test is over
			}
		}()
	}
}

func callOnce(client *http.Client, url string) (status int, text []byte) {
	res, err := client.Post(url, "text/plain", bytes.NewReader([]byte("a webhook")))
	if err != nil {
		return 0, []byte(err.Error())
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, []byte(err.Error())
	}
	line, _, _ := bytes.Cut(answer, []byte("\n"))
	return res.StatusCode, line
}
