// Command pack puts files into an archive whose bytes depend on nothing but their names, modes and contents and the time
// it is told: not on who packs, where, when, or in which order a folder lists them. scripts/release uses it.
//
//	go run ./scripts/pack -time 1795840000 -dir devhook_v1.0.0 devhook.tar.gz devhook LICENSE README.md
//
// The archive's name says its kind, .tar.gz or .zip. A file is found in the archive by its base name, below -dir;
// programs keep their right to run, and nothing else of a file's mode is kept.
package main

import (
	"archive/tar"
	"archive/zip"
	"compress/flate"
	"compress/gzip"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
)

func main() {
	seconds := flag.Int64("time", 0, "time of all files, in seconds since 1970")
	dir := flag.String("dir", "", "folder in the archive")
	flag.Parse()
	if flag.NArg() < 2 {
		fmt.Fprintln(os.Stderr, "usage: pack [-time SECONDS] [-dir NAME] ARCHIVE FILE…")
		os.Exit(2)
	}
	if err := pack(flag.Arg(0), *dir, time.Unix(*seconds, 0).UTC(), flag.Args()[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "pack:", err)
		os.Exit(1)
	}
}

// An archive takes files, one after another.
type archive interface {
	add(name string, mode fs.FileMode, at time.Time, size int64) (io.Writer, error)
	Close() error
}

func pack(name, dir string, at time.Time, files []string) (err error) {
	out, err := os.Create(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	var a archive
	switch {
	case strings.HasSuffix(name, ".zip"):
		a = newZipped(out)
	case strings.HasSuffix(name, ".tar.gz"):
		if a, err = newTarred(out); err != nil {
			return err
		}
	default:
		return fmt.Errorf("%s is neither .tar.gz nor .zip", name)
	}
	for _, file := range files {
		if err := addFile(a, file, dir, at); err != nil {
			return err
		}
	}
	return a.Close()
}

func addFile(a archive, file, dir string, at time.Time) error {
	in, err := os.Open(file)
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	mode := fs.FileMode(0o644)
	if info.Mode()&0o111 != 0 || strings.HasSuffix(file, ".exe") {
		mode = 0o755
	}
	w, err := a.add(path.Join(dir, filepath.Base(file)), mode, at, info.Size())
	if err != nil {
		return err
	}
	_, err = io.Copy(w, in)
	return err
}

type tarred struct {
	*tar.Writer
	gz *gzip.Writer
}

func newTarred(out io.Writer) (tarred, error) {
	gz, err := gzip.NewWriterLevel(out, gzip.BestCompression)
	if err != nil {
		return tarred{}, err
	}
	return tarred{tar.NewWriter(gz), gz}, nil
}

func (t tarred) add(name string, mode fs.FileMode, at time.Time, size int64) (io.Writer, error) {
	return t, t.WriteHeader(&tar.Header{Name: name, Mode: int64(mode), Size: size, ModTime: at, Format: tar.FormatUSTAR})
}

// Close writes the end of both.
func (t tarred) Close() error { return errors.Join(t.Writer.Close(), t.gz.Close()) }

type zipped struct{ *zip.Writer }

func newZipped(out io.Writer) zipped {
	z := zipped{zip.NewWriter(out)}
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestCompression) })
	return z
}

func (z zipped) add(name string, mode fs.FileMode, at time.Time, _ int64) (io.Writer, error) {
	h := &zip.FileHeader{Name: name, Method: zip.Deflate, Modified: at}
	h.SetMode(mode)
	return z.CreateHeader(h)
}
