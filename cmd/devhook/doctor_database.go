package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"devhook/store"
	"devhook/web"
)

// scarce is the room on the disk that is worth a word: a body may have a gigabyte.
const scarce = 2 << 30

// database reads the database and changes nothing in it.
func (d *doctor) database(ctx context.Context) {
	path := d.cfg.DB
	look, err := store.Examine(ctx, path)
	switch {
	case nowhere(err):
		d.noDatabase(path)
		return
	case err != nil:
		d.fail("database", openFault(path, err))
		return
	}
	d.running = look.Running
	defer d.waiting(look.Held)
	text := fmt.Sprintf("%s, %s, %s%s", path, count(int(look.Captures), "request", "requests"), size(uint64(look.Bytes)), free(filepath.Dir(path)))
	switch problem := exposedDatabase(path, d.cfg.DBGiven); {
	case problem != "":
		d.note("database", "chmod 600 "+path+"; chmod 700 "+filepath.Dir(path), "%s; %s", text, problem)
	case tight(filepath.Dir(path)):
		d.note("database", "make room, or move it to another disk with --db", "%s, which a few large requests fill", text)
	case look.Older && look.Captures > 0:
		d.note("database", "", "%s; devhook up brings it up to date and keeps a copy", text)
	case len(look.Running) > 0:
		d.note("database", "", "%s; in use by %s", text, d.ups())
	case !look.Whole:
		d.ok("database", "%s; no damage found in ten seconds of reading", text)
	default:
		d.ok("database", "%s", text)
	}
}

// waiting tells what is held and why it waits.
func (d *doctor) waiting(all []store.Queue) {
	for _, q := range all {
		if q.Count == 0 {
			continue
		}
		hint := ""
		switch {
		case !q.Paused.IsZero():
			hint = "devhook queue resume"
		case !q.Alive:
			hint = "start devhook up for it"
		case q.First.Why != "":
			hint = "start the app"
		}
		where := q.App
		if q.Route != "" {
			where += ", route " + q.Route
		}
		d.note("queue", hint, "%s held for %s, since %s: %s", count(q.Count, "request is", "requests are"), where,
			q.First.Since.Local().Format(stamp), web.QueueSays(q, time.Now()))
	}
}

// noDatabase looks at the place where the first start will make it.
func (d *doctor) noDatabase(path string) {
	dir := filepath.Dir(path)
	for dir != filepath.Dir(dir) {
		if _, err := os.Stat(dir); !nowhere(err) {
			break
		}
		dir = filepath.Dir(dir)
	}
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		d.fail("database", failed(nil, "name another file with --db", "the database %s can't be made: %s is no folder", path, dir))
		return
	}
	if err := writable(dir); err != nil {
		d.fail("database", failed(err, "check the permissions of that folder, or use another file with --db", "the database %s can't be made in %s: %s", path, dir, reason(err)))
		return
	}
	d.ok("database", "%s is not there yet, devhook up makes it%s", path, free(dir))
}

// nowhere says that there is nothing at a path, or a file where a folder should be.
func nowhere(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

// exposedDatabase says whether others get at it. A folder that the user chose
// may be read by others, as long as they can't put another file there.
func exposedDatabase(path string, chosen bool) string {
	if problem := exposed(path); problem != "" {
		return "it " + problem
	}
	info, err := os.Stat(filepath.Dir(path))
	if err != nil || !tooOpen(info) {
		return ""
	}
	switch {
	case !chosen:
		return "its folder " + exposed(filepath.Dir(path))
	case info.Mode().Perm()&0o022 != 0 && info.Mode()&fs.ModeSticky == 0:
		return "others may replace it: its folder can be written by them"
	}
	return ""
}

// ups are the devhook ups that run here.
func (d *doctor) ups() string {
	var all []string
	for _, i := range d.running {
		all = append(all, fmt.Sprintf("devhook up, process %d, %s", i.PID, or(i.PublicURL, "just starting")))
	}
	return strings.Join(all, " and ")
}

func free(dir string) string {
	bytes, known := room(dir)
	if !known {
		return ""
	}
	return fmt.Sprintf(", %s free", size(bytes))
}

func tight(dir string) bool {
	bytes, known := room(dir)
	return known && bytes < scarce
}

// size is a number of bytes as people read it.
func size(bytes uint64) string {
	switch {
	case bytes >= 1<<30:
		return fmt.Sprintf("%.1f GB", float64(bytes)/(1<<30))
	case bytes >= 1<<20:
		return fmt.Sprintf("%.1f MB", float64(bytes)/(1<<20))
	}
	return fmt.Sprintf("%d KB", (bytes+1023)/1024)
}
