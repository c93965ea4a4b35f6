package main

import "context"

// enoughFiles is how many open files 256 exchanges, their app's connections and
// the database need, with room.
const enoughFiles = 1024

// files asks how many files a process may have open: each connection is one.
func (d *doctor) files(context.Context) {
	limit, known := openFiles()
	switch {
	case !known || limit > 1<<30: // as good as none
	case limit < enoughFiles:
		d.note("files", "ulimit -n 4096, before devhook up", "only %d files may be open at once, and each connection is one", limit)
	default:
		d.ok("files", "%d may be open at once", limit)
	}
}
