package store

import (
	"errors"
	"os"
	"syscall"
)

// syncData waits until a file's bytes are on the disk, and of its properties those
// that reading them needs.
func syncData(f *os.File) error {
	c, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var answer error
	err = c.Control(func(fd uintptr) {
		for {
			if answer = syscall.Fdatasync(int(fd)); !errors.Is(answer, syscall.EINTR) {
				return
			}
		}
	})
	if err == nil && answer != nil {
		err = &os.PathError{Op: "fdatasync", Path: f.Name(), Err: answer}
	}
	return err
}
