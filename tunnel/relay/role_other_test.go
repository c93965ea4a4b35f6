//go:build !linux

package relay_test

// play is for Linux, where what a process takes can be read.
func play() (played bool, code int) { return false, 0 }
