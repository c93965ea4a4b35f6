//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"
)

// continued tells when devhook goes on after Ctrl-Z: meanwhile others wrote to
// the terminal.
func continued() (told <-chan os.Signal, stop func()) {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGCONT)
	return c, func() { signal.Stop(c) }
}
