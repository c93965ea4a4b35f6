package main

import (
	"context"
	"net"
	"net/http"
	"time"
)

// skewed is how far two clocks may differ: signatures carry timestamps, and
// senders allow for some minutes at most.
const skewed = time.Minute

// clock compares this machine's clock with whoever tells the time on the way.
func (d *doctor) clock(ctx context.Context, a answer, step *attempt) {
	if a.res == nil || a.res.Header.Get("Date") == "" {
		a = d.askTime(ctx, step)
	}
	if a.res == nil {
		d.skip("clock", "nothing on the way tells the time")
		return
	}
	theirs, err := http.ParseTime(a.res.Header.Get("Date"))
	if err != nil {
		d.skip("clock", "nothing on the way tells the time")
		return
	}
	ours := a.sent.Add(a.came.Sub(a.sent) / 2)
	from := a.res.Request.URL.Host
	switch off := ours.Sub(theirs).Round(time.Second); {
	case off > skewed:
		d.fail("clock", clockFault("%s ahead of that of %s", off, from))
	case off < -skewed:
		d.fail("clock", clockFault("%s behind that of %s", -off, from))
	default:
		d.ok("clock", "within a minute of that of %s", from)
	}
}

func clockFault(format string, off time.Duration, from string) error {
	return failed(nil, "set it by the network (on Linux: timedatectl set-ntp true): signatures carry a time, and a wrong clock makes good ones look old",
		"this machine's clock is "+format, off, quote(from))
}

// askTime asks a relay that is reached by HTTP; others don't tell the time.
func (d *doctor) askTime(ctx context.Context, step *attempt) answer {
	if step == nil || !step.o.at.socket {
		return answer{}
	}
	ctx, cancel := context.WithTimeout(ctx, lookFor)
	defer cancel()
	r := d.cfg.Relay
	scheme := map[string]string{"ws": "http", "wss": "https"}[r.Scheme]
	q, err := http.NewRequestWithContext(ctx, http.MethodHead, scheme+"://"+net.JoinHostPort(r.Host, step.o.at.port)+"/", nil)
	if err != nil {
		return answer{}
	}
	client := &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true, Proxy: http.ProxyFromEnvironment},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	a := answer{sent: time.Now()}
	res, err := client.Do(q)
	if err != nil {
		return answer{}
	}
	a.res, a.came = res, time.Now()
	_ = res.Body.Close()
	return a
}
