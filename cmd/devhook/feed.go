package main

import (
	"context"
	"maps"
	"sync"

	"devhook/inspector/export"
	"devhook/inspector/provider"
	"devhook/store"
	"devhook/web"
)

// feed prints what the store tells of, as it happens.
type feed struct {
	c       *cli
	db      *store.DB
	mask    *export.Mask
	ours    map[string]string                   // only captures of these instances, each with its tunnel's name; nil for all
	adopted sync.Map                            // captures of earlier runs that we deliver, with their tunnel's name
	oneLine bool                                // a webhook and its answer share a line
	picture func(kind string, c *store.Capture) // takes what would be a line; nil for lines
	said    []byte                              // lines to be printed

	mu       sync.Mutex
	recorded int             // captures of the instance
	waiting  map[string]bool // captures whose live delivery has not been told of
	moved    chan struct{}   // closed and replaced at each change
	seen     store.Position
}

func newFeed(c *cli, db *store.DB) *feed {
	return &feed{
		c: c, db: db, mask: masks(c.known),
		waiting: map[string]bool{}, moved: make(chan struct{}),
	}
}

// saidMost is how many bytes of lines are printed at once: as many as a pipe takes whole, so that what others write into it
// doesn't come into a line.
const saidMost = 4 << 10

// run prints changes until they end. Its error is that of stdout. A reader that
// went away ends the printing, not the counting. In a rush what there is at a time
// is one write: each costs as much as a line does.
func (f *feed) run(ctx context.Context, changes <-chan store.Change) error {
	var broken error
	for change := range changes {
		c, ok := f.note(ctx, change)
		if change.Kind == store.ChangeConclusion && f.picture != nil && c != nil && f.isOurs(c) {
			f.picture(change.Kind, c) // what is drawn shows how it stands now
		}
		if broken != nil {
			continue
		}
		if ok {
			broken = f.say(change.Kind, c, change.Delivery)
		}
		if broken == nil && len(changes) == 0 {
			broken = f.print()
		}
		if broken != nil && f.oneLine {
			return broken
		}
	}
	return broken
}

// note counts a change; ok says that it is ours to tell.
func (f *feed) note(ctx context.Context, ch store.Change) (c *store.Capture, ok bool) {
	c = ch.Capture
	if c == nil && ch.Delivery != nil {
		c, _ = f.db.Capture(ctx, ch.Delivery.CaptureID) // nil if it was deleted meanwhile
	}
	// A line tells of what came and what became of it, not of later verdicts and notes.
	ok = c != nil && ch.Kind != store.ChangeConclusion
	ours := c != nil && f.isOurs(c)
	ok = ok && ours
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case ch.Kind == store.ChangeConclusion && ours:
		f.begun(c)
	case !ok:
	case ch.Kind == "request":
		f.recorded++
		if c.Delivering || c.Last != nil {
			f.waiting[c.ID] = true
		}
	case ch.Delivery.Kind == store.Live:
		delete(f.waiting, c.ID)
	}
	f.seen = ch.At
	close(f.moved)
	f.moved = make(chan struct{})
	return c, ok
}

// begun notes whether the app has a capture that was held. The lock is held.
func (f *feed) begun(c *store.Capture) {
	switch {
	case c.Delivering && c.DeliveriesCount == 0:
		f.waiting[c.ID] = true
	case c.State == store.Held:
		delete(f.waiting, c.ID) // it could not be handed over
	}
}

// adopt makes a capture of an earlier run one of a tunnel of ours: what becomes of it is told.
func (f *feed) adopt(id, tunnel string) { f.adopted.Store(id, tunnel) }

func (f *feed) isOurs(c *store.Capture) bool {
	if f.ours == nil {
		return true
	}
	if _, ours := f.ours[c.Instance]; ours {
		return true
	}
	_, ours := f.adopted.Load(c.ID)
	return ours
}

// tunnelOf is the name of the tunnel that a capture is told of with; "" where there is one.
func (f *feed) tunnelOf(c *store.Capture) string {
	if tunnel, ok := f.adopted.Load(c.ID); ok {
		return tunnel.(string)
	}
	return f.ours[c.Instance]
}

// counts tells how many captures were recorded, and which of them wait.
func (f *feed) counts() (recorded int, waiting map[string]bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.recorded, maps.Clone(f.waiting)
}

// until waits for done to become true, which is asked at each change.
func (f *feed) until(ctx context.Context, done func(seen store.Position, waiting map[string]bool) bool) {
	for {
		f.mu.Lock()
		seen, waiting, moved := f.seen, maps.Clone(f.waiting), f.moved
		f.mu.Unlock()
		if done(seen, waiting) {
			return
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return
		}
	}
}

// behindStamp is where the words of a line begin, behind time and arrow.
const behindStamp = len(stamp) + len("   -->  ")

// print prints the lines that are due.
func (f *feed) print() error {
	if len(f.said) == 0 {
		return nil
	}
	defer func() { f.said = f.said[:0] }()
	return f.c.term.write(f.said)
}

// say adds the line of a change.
func (f *feed) say(kind string, c *store.Capture, d *store.Delivery) error {
	switch {
	case f.c.json && kind == "request":
		return f.object(web.RequestEvent(c, f.mask))
	case f.c.json:
		return f.object(web.DeliveryEvent(d, f.mask))
	case f.picture != nil:
		f.picture(kind, c)
		return nil
	case f.oneLine:
		return f.one(kind, c, d)
	case kind == "request":
		return f.line(behindStamp, "%s   -->  %s", c.ReceivedAt.Local().Format(stamp), joined(c.ID, f.arrived(c)...))
	}
	return f.line(behindStamp, "%s  <--   %s", d.At.Add(d.Duration).Local().Format(stamp), joined(c.ID, told(f.c.known, c, d)...))
}

func (f *feed) object(v any) error {
	line, err := objectLine(v)
	if err != nil {
		return err
	}
	return f.add(line)
}

func (f *feed) line(indent int, format string, args ...any) error {
	return f.add(f.c.term.toldLine(indent, format, args...))
}

// add puts a line behind the others, which are printed before if there are too many.
func (f *feed) add(line []byte) error {
	if len(f.said)+len(line) > saidMost {
		if err := f.print(); err != nil {
			return err
		}
	}
	f.said = append(f.said, line...)
	return nil
}

// arrived is a webhook in words, of several tunnels with the name of the one it came through.
func (f *feed) arrived(c *store.Capture) []string {
	parts := f.c.term.arrived(c, f.mask)
	if name := f.tunnelOf(c); name != "" {
		parts = append([]string{quote(name)}, parts...)
	}
	return parts
}

// told is the outcome of a delivery, and how it differed if it was a replay.
func told(known provider.List, c *store.Capture, d *store.Delivery) []string {
	parts := answered(known, c, d)
	if d.Kind == store.Replay {
		parts = append(parts, "replay, "+changes(d))
	}
	return parts
}

// one says a webhook when its outcome is known: at once if none is awaited.
func (f *feed) one(kind string, c *store.Capture, d *store.Delivery) error {
	if kind == "request" && (c.Delivering || c.Last != nil) {
		return nil // its delivery is told of next
	}
	parts, at := f.arrived(c), c.ReceivedAt
	if kind == "delivery" {
		parts = append(parts, told(f.c.known, c, d)...)
		if d.Kind == store.Replay {
			at = d.At
		}
	}
	return f.line(len(stamp)+2, "%s  %s", at.Local().Format(stamp), joined(c.ID, parts...))
}
