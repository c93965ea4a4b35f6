package main

import (
	"context"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

// fileWatch tells when one of some files changed. It watches their folders: an editor puts a new file in the old one's
// place, and a link is led elsewhere.
type fileWatch struct {
	watcher *fsnotify.Watcher
	folders map[string]bool
	names   map[string]bool // whole paths of what counts
}

const (
	// quiet is how long nothing may change before the files are read: who writes one does it in steps.
	quiet = 100 * time.Millisecond
	// unquiet is when they are read though they go on changing.
	unquiet = time.Second
)

func watchFiles() (*fileWatch, error) {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, err
	}
	return &fileWatch{watcher: w, folders: map[string]bool{}, names: map[string]bool{}}, nil
}

func (w *fileWatch) close() { _ = w.watcher.Close() }

// add watches more files, and says whether a folder is new among those that are watched. A folder that can't be watched
// is not there yet, or its file can't be read either, which is told elsewhere.
func (w *fileWatch) add(files []string) (more bool) {
	for _, path := range files {
		paths := []string{path}
		if target, err := filepath.EvalSymlinks(path); err == nil {
			paths = append(paths, target)
		}
		for _, one := range paths {
			one, err := filepath.Abs(one)
			if err != nil {
				continue
			}
			folder := filepath.Dir(one)
			w.names[one] = true
			w.names[filepath.Join(folder, mounted)] = true
			if !w.folders[folder] && w.watcher.Add(folder) == nil {
				w.folders[folder], more = true, true
			}
		}
	}
	return more
}

// mounted is the link that is changed in a folder of secrets which Kubernetes mounts: the files are links through it.
const mounted = "..data"

// wait returns a while after one of the files changed, false when ctx ended.
func (w *fileWatch) wait(ctx context.Context) bool {
	var calm, late <-chan time.Time
	changed := func() {
		calm = time.After(quiet)
		if late == nil {
			late = time.After(unquiet)
		}
	}
	for {
		select {
		case e := <-w.watcher.Events:
			if w.names[e.Name] && e.Op != fsnotify.Chmod {
				changed()
			}
		case <-w.watcher.Errors: // some were lost
			changed()
		case <-calm:
			return true
		case <-late:
			return true
		case <-ctx.Done():
			return false
		}
	}
}
