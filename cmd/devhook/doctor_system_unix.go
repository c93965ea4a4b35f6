//go:build linux || darwin

package main

import "syscall"

// openFiles is how many files a process may have open. The runtime has raised
// the soft limit to the hard one.
func openFiles() (limit uint64, known bool) {
	var r syscall.Rlimit
	err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &r)
	return r.Max, err == nil
}

// room is how many bytes this user may still write to the disk of a folder.
func room(dir string) (bytes uint64, known bool) {
	var s syscall.Statfs_t
	err := syscall.Statfs(dir, &s)
	return s.Bavail * uint64(s.Bsize), err == nil
}

// writable asks whether this user may make files in a folder.
func writable(dir string) error { return syscall.Access(dir, 2) } // W_OK
