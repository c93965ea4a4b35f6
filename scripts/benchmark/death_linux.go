package main

import "syscall"

// diesWithUs has the kernel end a child when this process is gone, even by kill -9.
func diesWithUs() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
