package main

import (
	"bytes"
	"fmt"
	"os"
	"time"

	xterm "golang.org/x/term"
)

// screen is the picture that devhook up keeps on a terminal: some lines where the
// cursor is, drawn anew in place when something changed. What stood above stays,
// and so does what is printed meanwhile: it goes above the picture. The terminal
// is left in its own mode, so Ctrl-C, Ctrl-Z and scrolling are as everywhere. At
// the end the picture is wiped and plain lines take its place.
type screen struct {
	term *term
	view *view
	size func() (width, height int)

	changed chan struct{} // holds one
	stop    chan struct{}
	stopped chan struct{}

	// Guarded by term.mu, as all that is written:
	on     bool
	drawn  []int // columns of each line on the terminal
	width  int   // of the terminal when they were drawn
	height int
}

// newScreen is nil where there is nothing to draw on.
func newScreen(t *term, v *view) *screen {
	f, ok := t.out.(*os.File)
	if !ok || !t.redraws {
		return nil
	}
	return &screen{
		term: t, view: v, size: func() (int, int) { return sizeOf(f) },
		changed: make(chan struct{}, 1), stop: make(chan struct{}), stopped: make(chan struct{}),
	}
}

func sizeOf(f *os.File) (width, height int) {
	w, h, err := xterm.GetSize(int(f.Fd()))
	if err != nil || w <= 0 || h <= 0 {
		return 80, 24
	}
	return w, h
}

const (
	// frame is the shortest time between two pictures.
	frame = 50 * time.Millisecond
	// glance is how soon another size of the terminal is seen, and how often a countdown moves.
	glance = 500 * time.Millisecond
)

// start draws the first picture and goes on drawing until end.
func (s *screen) start() {
	s.term.mu.Lock()
	s.term.screen, s.on = s, true
	s.draw()
	s.term.mu.Unlock()
	go s.run()
}

func (s *screen) run() {
	defer close(s.stopped)
	tick := time.NewTicker(glance)
	defer tick.Stop()
	resumed, forget := continued()
	defer forget()
	for last := time.Now(); ; last = time.Now() {
		select {
		case <-s.changed:
			s.redraw(slept(last, resumed))
		case <-resumed:
			s.redraw(true)
		case <-tick.C:
			if below := slept(last, resumed); below || s.resized() || s.view.moves() {
				s.redraw(below)
			}
			continue
		case <-s.stop:
			return
		}
		pause := time.NewTimer(frame)
		select {
		case <-pause.C:
		case <-s.stop:
			pause.Stop()
			return
		}
	}
}

// slept reports whether the process was stopped since last, when it looked last: a tick that is overdue may be there before
// the news of going on is, and what it draws would go over what others wrote meanwhile.
func slept(last time.Time, resumed <-chan os.Signal) bool {
	if time.Since(last) < glance+frame {
		return false
	}
	select {
	case <-resumed:
		return true
	case <-time.After(glance): // on a busy machine the news take a while, and a picture may
		return false
	}
}

// touch says that the view changed.
func (s *screen) touch() {
	select {
	case s.changed <- struct{}{}:
	default: // it will be drawn anyway
	}
}

// end wipes the picture; was says that there was one. Nothing is drawn after it.
func (s *screen) end() (was bool) {
	s.term.mu.Lock()
	was = s.on
	s.wipe()
	s.on, s.term.screen = false, nil
	s.term.mu.Unlock()
	if was {
		close(s.stop)
		<-s.stopped
	}
	return was
}

// redraw draws the picture anew: in its place, or below where the cursor is now.
func (s *screen) redraw(below bool) {
	s.term.mu.Lock()
	defer s.term.mu.Unlock()
	if below {
		s.drawn = s.drawn[:0]
	}
	if s.on {
		s.draw()
	}
}

func (s *screen) resized() bool {
	w, h := s.size()
	s.term.mu.Lock()
	defer s.term.mu.Unlock()
	return w != s.width || h != s.height
}

// draw puts the picture over the one before. Lines end a column before the edge:
// where a line fills it, terminals differ in what comes next. The reader of our
// output may be gone: recording goes on.
func (s *screen) draw() {
	w, h := s.size()
	var b bytes.Buffer
	if s.narrower(w) {
		b.WriteString(s.wiping(w)) // lines have wrapped: no line lies where it lay
	} else {
		b.WriteString(upwards(len(s.drawn)))
	}
	lines := s.view.lines(w-1, h-1)
	s.drawn = s.drawn[:0]
	for _, line := range lines {
		s.drawn = append(s.drawn, widthOf(line))
		b.WriteString(line + eraseLine + "\r\n")
	}
	b.WriteString(eraseBelow)
	s.width, s.height = w, h
	_, _ = s.term.out.Write(b.Bytes())
}

func (s *screen) narrower(w int) bool { return w < s.width }

// wipe takes the picture off the terminal.
func (s *screen) wipe() {
	if s.on {
		w, _ := s.size()
		_, _ = s.term.out.Write([]byte(s.wiping(w)))
		s.drawn = s.drawn[:0]
	}
}

// wiping goes to the picture's first line and clears from there on. Most
// terminals wrap long lines when they get narrower.
func (s *screen) wiping(w int) string {
	rows := 0
	for _, wide := range s.drawn {
		rows += max(1, (wide+w-1)/max(1, w))
	}
	return upwards(rows) + eraseBelow
}

// What a terminal clears (ECMA-48, EL and ED).
const (
	eraseLine  = "\x1b[K" // from the cursor to the end of its line
	eraseBelow = "\x1b[J" // from the cursor to the end of the screen
)

func upwards(rows int) string {
	if rows == 0 {
		return "\r"
	}
	return fmt.Sprintf("\r\x1b[%dA", rows)
}
