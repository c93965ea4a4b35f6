package main

import (
	"flag"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"

	"devhook/inspector/hooks/hookstest"
)

// fakeapiMain is a sender's API: fakeapi [-key K] [-page N] [-projects A,B] [-fail 'STATUS METHOD /PATH BODY']… SENDER.
// It prints its base address, then each call that reaches it. -fail answers one call so; of several the first that fits.
func fakeapiMain() {
	key := flag.String("key", "", "")
	page := flag.Int("page", 50, "")
	projects := flag.String("projects", "PJ1", "")
	var faults []hookstest.Fault
	flag.Func("fail", "", func(text string) error {
		parts := strings.SplitN(text, " ", 4)
		status, err := strconv.Atoi(parts[0])
		faults = append(faults, hookstest.Fault{Status: status, Path: parts[1] + " " + parts[2], Body: strings.Join(parts[3:], "")})
		return err
	})
	flag.Parse()
	base := ""
	var fake *hookstest.Fake
	switch flag.Arg(0) {
	case "seven":
		fake = hookstest.Seven(*key)
	case "zipwhip":
		phone, password, _ := strings.Cut(*key, ":")
		fake = hookstest.Zipwhip(phone, password)
	case "ricloud":
		fake = hookstest.Ricloud(*key, http.MethodGet)
	case "telerivet":
		fake, base = hookstest.Telerivet(*key, *page, strings.Split(*projects, ",")...), "/v1"
	default:
		check(fmt.Errorf("no API of %q", flag.Arg(0)))
	}
	fake.Fail(faults...)
	fake.Told = func(method, path string) { fmt.Println(method, path) }
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	fmt.Printf("listening http://%s%s\n", ln.Addr(), base)
	check(http.Serve(ln, fake))
}
