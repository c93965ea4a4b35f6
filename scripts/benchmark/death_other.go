//go:build !linux

package main

import "syscall"

// diesWithUs does nothing here: only Linux offers it.
func diesWithUs() *syscall.SysProcAttr { return nil }
