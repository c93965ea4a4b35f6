package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// A process is a child whose output goes to a file: a pipe that nobody empties would stop it, and one that we empty would
// cost us time that belongs to the peers.
type process struct {
	name string
	cmd  *exec.Cmd
	log  string
	done chan struct{} // closed when it has ended
}

// spawn starts a program in dir with an environment of its own there, and more in it.
func spawn(dir, name string, more []string, program string, args ...string) (*process, error) {
	log, err := os.Create(filepath.Join(dir, name+".log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Env = dir, append(environment(dir), more...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = diesWithUs()
	if _, err := cmd.StdinPipe(); err != nil { // held open: the app leaves when it closes
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	p := &process{name: name, cmd: cmd, log: log.Name(), done: make(chan struct{})}
	go func() {
		cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

// environment is ours less the settings of devhook and of the home folder: a user's own keys and database stay untouched.
func environment(dir string) []string {
	var env []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "DEVHOOK_") && !strings.HasPrefix(v, "XDG_") && !strings.HasPrefix(v, "HOME=") {
			env = append(env, v)
		}
	}
	return append(env, "HOME="+dir, "XDG_STATE_HOME="+dir, "XDG_CONFIG_HOME="+dir)
}

func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// said is what the process has printed.
func (p *process) said() string {
	text, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return string(bytes.TrimSpace(text))
}

// await waits until find is content with what the process has printed, and returns what it found.
func (p *process) await(ctx context.Context, find func(output string) (string, bool)) (string, error) {
	return p.awaitFor(ctx, 20*time.Second, find)
}

func (p *process) awaitFor(ctx context.Context, most time.Duration, find func(output string) (string, bool)) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		text, err := os.ReadFile(p.log)
		if err != nil {
			return "", err
		}
		if found, ok := find(string(text)); ok {
			return found, nil
		}
		select {
		case <-p.done:
			return "", fmt.Errorf("%s ended: %s", p.name, bytes.TrimSpace(text))
		case <-ctx.Done():
			return "", fmt.Errorf("%s is not ready: %w: %s", p.name, ctx.Err(), bytes.TrimSpace(text))
		case <-tick.C:
		}
	}
}

// stop asks the process, and what it started, to end, and makes it after ten seconds.
func (p *process) stop() error {
	if p.ended() {
		_ = endGroup(p, syscall.SIGTERM) // what it left behind
		return nil
	}
	if err := endGroup(p, syscall.SIGTERM); err != nil {
		return fmt.Errorf("%s: %w", p.name, err)
	}
	select {
	case <-p.done:
		return nil
	case <-time.After(10 * time.Second):
		return errors.Join(fmt.Errorf("%s did not end when asked", p.name), endGroup(p, syscall.SIGKILL))
	}
}
