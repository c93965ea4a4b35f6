// Command devhook gives a port of this machine a public address, records every
// webhook that arrives there, and sends recorded ones again.
//
// This package is the door: it turns words into a Config, opens the rooms,
// wires them and speaks to the terminal. Every command is one file. main alone
// exits; run returns the exit code, so that a test can call it as often as it
// likes. What the terminal may say, and where, is ruled in term.go; which error
// becomes which sentence, and what to do about it, stands in errors.go.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	"devhook/inspector/provider"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), endSignals()...)
	// The first signal ends work in good order; from then on the system's own
	// handling is back, so that a second one ends the process at once.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Environ))
}

// endSignals are the signals that ask for an end. A hang-up that nohup has
// switched off stays off.
func endSignals() []os.Signal {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		signals = append(signals, syscall.SIGHUP)
	}
	return signals
}

// run is devhook as a function: it returns the exit code (0 done, 1 it failed,
// 2 wrong usage, 3 wait timed out). env lists the environment as os.Environ does.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, env func() []string) int {
	c := &cli{stdin: stdin, env: env(), term: newTerm(stdout, stderr, env()), known: provider.All(), pipes: map[string]string{}}
	root := newRoot(c)
	root.SetArgs(joinHold(args))
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	return c.exit(root.ExecuteContext(ctx))
}
