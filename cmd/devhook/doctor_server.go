package main

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
)

// server tells what answers, and what is known against it.
func (d *doctor) server(ctx context.Context, a *attempt, err error) bool {
	text, isSSH := a.banner()
	switch {
	case isSSH:
	case text == "":
		d.fail("server", a.o.fault(ctx, err))
		return false
	default:
		d.fail("server", failed(err, "name the port of sshd or devhook relay: --relay ssh://host:port", "%s does not speak SSH, it says %q", a.o.where(), text))
		return false
	}
	if known := knownTrouble(text); known != "" {
		d.note("server", "see that its updates are installed: some systems keep the number and put the correction in", "%s; %s", text, known)
		return true
	}
	d.ok("server", "%s", text)
	return true
}

// troubles are versions of OpenSSH's server that anybody who reaches it can
// harm, from first to last: https://www.openssh.com/security.html.
var troubles = []struct {
	first, last int // 805 is 8.5
	what        string
}{
	{0, 403, "with CVE-2006-5051 and its kin"},
	{805, 907, "with CVE-2024-6387 (a race before the login)"},
	{908, 909, "with CVE-2025-26466 (memory and time used up before the login)"},
}

var openSSH = regexp.MustCompile(`^OpenSSH_(\d+)\.(\d+)`)

func knownTrouble(banner string) string {
	m := openSSH.FindStringSubmatch(banner)
	if m == nil {
		return ""
	}
	major, _ := strconv.Atoi(m[1])
	minor, _ := strconv.Atoi(m[2])
	for _, t := range troubles {
		if v := major*100 + minor; t.first <= v && v <= t.last {
			return fmt.Sprintf("OpenSSH %d.%d came %s", major, minor, t.what)
		}
	}
	return ""
}
