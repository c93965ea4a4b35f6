package main

import "syscall"

// diesWithUs has the kernel end a child when this process is gone, even by kill -9, and makes it the head of a process group.
func diesWithUs() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}

// endGroup asks a child and what it started to end.
func endGroup(p *process, s syscall.Signal) error { return syscall.Kill(-p.cmd.Process.Pid, s) }
