//go:build unix

package main

import (
	"encoding/pem"
	"io"
	"log"
	"net"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/letsencrypt/challtestsrv"
	"github.com/letsencrypt/pebble/v2/ca"
	"github.com/letsencrypt/pebble/v2/db"
	"github.com/letsencrypt/pebble/v2/va"
	"github.com/letsencrypt/pebble/v2/wfe"
	"github.com/rogpeppe/go-internal/testscript"
)

// hostsOfNames are the names that the scripts call.
const hostsOfNames = `127.0.0.1 localhost relay.test shop.relay.test blog.relay.test stock.relay.test
127.0.0.1 one.relay.test two.relay.test ci-17.relay.test
`

// TestNameScripts runs the scripts of testdata/names: a relay that gives names, on ports 80 and 443 of a network of its
// own, where those names lead to it. That needs root.
func TestNameScripts(t *testing.T) {
	if ranInside(t, hostsOfNames) {
		return
	}
	runScripts(t, "testdata/names/*.txtar")
}

// cmdPebble starts Let's Encrypt's authority for tests, which believes that every name leads to 127.0.0.1. ACME is set to its
// directory; directory.pem is who vouches for it, root.pem who vouches for the certificates it gives.
func cmdPebble(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: pebble")
	}
	udp, err := net.ListenPacket("udp", "127.0.0.1:0")
	ts.Check(err)
	dns := udp.LocalAddr().String()
	ts.Check(udp.Close())
	names, err := challtestsrv.New(challtestsrv.Config{Log: log.New(io.Discard, "", 0), DNSAddrs: []string{dns}})
	ts.Check(err)
	names.SetDefaultDNSIPv4("127.0.0.1")
	names.SetDefaultDNSIPv6("")
	go names.Run()
	ts.Defer(names.Shutdown)

	quiet := log.New(io.Discard, "", 0)
	store := db.NewMemoryStore()
	authority := ca.New(quiet, store, "", "ecdsa", 0, 1, map[string]ca.Profile{"default": {Description: "the only one"}})
	validation := va.New(quiet, 80, 443, true, dns, store)
	front := wfe.New(quiet, store, validation, authority, []string{"authority.test"}, true, false, 1, 1)
	server := httptest.NewTLSServer(front.Handler())
	ts.Defer(server.Close)
	ts.Setenv("ACME", server.URL+wfe.DirectoryPath)
	writePEM(ts, "directory.pem", server.Certificate().Raw)
	writePEM(ts, "root.pem", authority.GetRootCert(0).Cert.Raw)
}

func writePEM(ts *testscript.TestScript, name string, der []byte) {
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	ts.Check(os.WriteFile(ts.MkAbs(name), text, 0o600))
}
