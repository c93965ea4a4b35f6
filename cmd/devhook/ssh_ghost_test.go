//go:build unix

package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
)

// ghostMain is sshghost USER@HOST:PORT N: an ssh -R that holds port N and then stands still, as on a machine that sleeps.
func ghostMain() {
	at, port, _ := strings.Cut(os.Args[1], ":")
	home := os.Getenv("HOME") + "/.ssh/"
	cmd := exec.Command("ssh", "-F", "none", "-N", "-v", "-i", home+"id_ed25519", "-o", "UserKnownHostsFile="+home+"known_hosts",
		"-o", "BatchMode=yes", "-R", "*:"+os.Args[2]+":127.0.0.1:1", "-p", port, at)
	said, err := cmd.StderrPipe()
	check(err)
	check(cmd.Start())
	lines := bufio.NewScanner(said)
	for lines.Scan() && !strings.Contains(lines.Text(), "remote forward success") {
	}
	check(cmd.Process.Signal(syscall.SIGSTOP))
	fmt.Println("holding")
	_ = cmd.Wait()
}
