// Command shots makes the README's screenshots. It starts devhook up before a sample app, sends what is to be seen, and
// draws pages of the inspector in Chromium: always the same pages, at the same sizes, in both themes.
//
//	shots -devhook .out/bin/devhook -out web/shots
//
// A picture is reduced to the 256 colours that it has most of and refused over 200 kB: it is part of the repository.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"time"
)

func main() {
	devhook := flag.String("devhook", "", "the program to show")
	out := flag.String("out", "", "folder for the pictures")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	if err := run(ctx, *devhook, *out); err != nil {
		fmt.Fprintln(os.Stderr, "shots:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, devhook, out string) (err error) {
	if devhook == "" || out == "" {
		return errors.New("-devhook and -out are needed")
	}
	program, err := filepath.Abs(devhook)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "shots-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	s := &scene{program: program, dir: dir}
	defer func() { err = errors.Join(err, s.close()) }()
	if err := s.open(ctx); err != nil {
		return err
	}
	if err := s.play(ctx); err != nil {
		return err
	}
	pages, err := s.pages(ctx)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	return draw(ctx, s.page, pages, out)
}
