// Command sdks asks the senders' own packages whether they agree with devhook. It starts one Node.js process that has
// them all (agree.mjs), and goes both ways: every sample request that devhook signs, as `devhook send` and `replay
// --resign` do, must be taken by the sender's package; what the package signs, devhook must find valid; and what is
// wrong with a body, a secret, an age or a signature must be refused by both.
//
// Some packages are known to be laxer or stricter than devhook. Such a difference is written down beside the package, in
// packages.go, and the run fails when it is gone, as it fails for any other that is found.
//
//	scripts/agree                        installs the packages in a temporary folder and runs this
//	go run ./scripts/sdks -dir FOLDER    with the packages in FOLDER/node_modules, and agree.mjs and senders.mjs there
//
// The clients with which two of them register webhooks (hooks.mjs) are run too, against the APIs that devhook's own client
// is tested with: what these take and tell must be what the senders' clients send and read.
//
// It prints a table in Markdown and exits 1 unless all is as written down.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"time"
)

func main() {
	dir := flag.String("dir", "", "folder with agree.mjs, senders.mjs and node_modules")
	node := flag.String("node", "node", "the Node.js to run")
	flag.Parse()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	agreed, err := run(ctx, os.Stdout, *node, *dir)
	if err == nil {
		var registered bool
		registered, err = register(ctx, os.Stdout, *node, *dir)
		agreed = agreed && registered
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "sdks:", err)
		os.Exit(2)
	}
	if !agreed {
		os.Exit(1)
	}
}
