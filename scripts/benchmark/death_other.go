//go:build !linux

package main

import "syscall"

// diesWithUs does nothing here: only Linux offers it.
func diesWithUs() *syscall.SysProcAttr { return nil }

// endGroup asks a child to end. What it started goes on.
func endGroup(p *process, s syscall.Signal) error { return p.cmd.Process.Signal(s) }
