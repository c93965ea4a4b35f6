package main

import (
	"crypto/x509"
	"time"
)

// soon is when a certificate's end is worth a word: renewals are due long before.
const soon = 14 * 24 * time.Hour

// certificate tells how long a sound certificate lasts.
func (d *doctor) certificate(where string, cert *x509.Certificate) {
	left := time.Until(cert.NotAfter)
	text := "that of " + where + " is good until " + cert.NotAfter.UTC().Format("2006-01-02") + ", " + count(int(left.Hours()/24), "day", "days")
	if left < soon {
		d.note("certificate", "renew it, and see why that was not done by itself", "%s", text)
		return
	}
	d.ok("certificate", "%s", text)
}
