package store

import (
	"os"
	"strings"
)

// bootID names this run of the machine; "" if it can't be told. Within one, what a process committed outlives it, fsynced or not.
func bootID() string {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(id))
}
