package main

import (
	"context"
	"errors"
	"net"
	"strings"
	"syscall"
	"time"

	"devhook/inspector"
)

// lookFor bounds one look at one thing.
const lookFor = 5 * time.Second

// app connects to each address of the app and sends it nothing.
func (d *doctor) app(ctx context.Context) {
	if d.cfg.Local == "" {
		d.say(finding{Check: "app", State: skipped, Text: "none is named", Hint: "devhook doctor 3000"})
		return
	}
	app, err := newApp(d.cfg, d.cfg.Local)
	if err != nil {
		d.fail("app", err)
		return
	}
	ctx, cancel := context.WithTimeout(ctx, lookFor)
	defer cancel()
	var accepting []inspector.Reach
	var refusing, all []string
	reach := app.Reach(ctx)
	for _, r := range reach {
		all = append(all, r.Address)
		if r.Refused != nil {
			refusing = append(refusing, r.Address)
			continue
		}
		accepting = append(accepting, r)
	}
	switch {
	case len(accepting) == 0:
		d.fail("app", appFault(app.URL(), all, reach[0].Refused))
	case accepting[0].TLS != nil:
		d.fail("app", appTLSFault(app.URL(), accepting[0].TLS))
	case len(refusing) > 0:
		d.ok("app", "%s accepts and %s does not: devhook calls %s", accepting[0].Address, strings.Join(refusing, ", "), accepting[0].Address)
	case len(accepting) > 1:
		d.ok("app", "%s accept: devhook calls %s", strings.Join(all, " and "), all[0])
	default:
		d.ok("app", "%s accepts", all[0])
	}
}

func appFault(url string, tried []string, err error) error {
	var unknown *net.DNSError
	at := strings.Join(tried, " and ")
	switch {
	case errors.As(err, &unknown):
		return failed(err, "check the name", "the host of %s has no address: %s", url, reason(err))
	case errors.Is(err, syscall.ECONNREFUSED):
		return failed(err, "start the app, or name the port it listens on: devhook doctor PORT", "nothing listens on %s", at)
	}
	return failed(err, "start the app, or name the port it listens on: devhook doctor PORT", "%s takes no connection: %s", at, reason(err))
}

func appTLSFault(url string, err error) error {
	if ofCertificate(err) {
		return failed(err, "--insecure leaves it unchecked, or add its authority to this system's (on Linux SSL_CERT_FILE names one)",
			"the certificate of %s is not trusted: %s", url, reason(err))
	}
	return failed(err, "if it speaks plain HTTP, write http://", "%s makes no TLS connection: %s", url, reason(err))
}
