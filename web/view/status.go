package view

import (
	"fmt"
	"strings"
	"time"
)

// StatusPage tells how the tunnel, the app and the disk do.
type StatusPage struct {
	Page
	Spans   []Span
	Span    string // "the last hour"
	App     Latency
	Before  Latency
	Relay   Latency
	Chart   Chart
	Senders []SenderRow
	CutNote string // what the counts leave out; "" if nothing
	Facts   []Fact // of the tunnel
	History []Moment
	Disk    Disk
	QR      QR
}

// Span is a stretch of time to choose.
type Span struct {
	Label, Href string
	Current     bool
}

// Latency is a tile with figures and a sentence on what they are of.
type Latency struct {
	Title   string
	Figures []Figure
	Note    string
}

// Figure is a number with its unit: "38" "ms".
type Figure struct{ Name, Value, Unit string }

// Chart has a bar for each piece of the time, the oldest first.
type Chart struct {
	Title string // "Requests a minute"
	Says  string // all of it in a sentence
	Bars  []Bar
	Top   int      // what the height stands for; over 0
	Ticks []string // under the bars, equally far apart
	Steps []string // beside them, from the top to 0
	Ok    int
	Bad   int
}

// Bar is one piece of the time.
type Bar struct {
	When    string // "22:14"
	Ok, Bad int    // requests taken, and failed
}

// SenderRow is what came from one sender.
type SenderRow struct {
	Name             string
	Requests, Failed int
	Verdicts         string // "233 valid, 8 missing"
	Mix              []Share
	P50, P99         string
	Last             string // how long ago the latest one came
	LastAt           time.Time
}

// Share is a part of a bar: From and Size in thousandths of it.
type Share struct {
	Kind       string // class: "va", "in", "mi", "un", "d1"
	From, Size int
}

// Moment is a change of the tunnel.
type Moment struct {
	At    time.Time
	Clock string
	State string // "online", "connecting", "offline"
	Text  string
}

// Disk is what the database takes.
type Disk struct {
	Total string // "412 MB of 2 GB"
	Meter []Share
	Says  string // the meter in words; "" if nothing limits the size
	Facts []Fact
	Note  string
}

// QR is a code of the public URL: a path of unit squares in a square of Size, with the margin that readers want.
type QR struct {
	Text, Path string
	Size       int
	Note       string // who reaches the URL; "" if anyone does
}

func (q QR) box() string { return fmt.Sprintf("0 0 %d %d", q.Size, q.Size) }

// The chart is drawn in a box of these units and stretched to its place.
const (
	chartWidth  = 600.0
	chartHeight = 160.0
)

// grid are the lines across.
func (c Chart) grid() string {
	var b strings.Builder
	for i := range len(c.Steps) - 1 {
		fmt.Fprintf(&b, "M0 %gh600", chartHeight*float64(i)/float64(len(c.Steps)-1))
	}
	return b.String()
}

// bar is a piece of the i-th bar that stands on so many requests.
func (c Chart) bar(i, from, n int) string {
	if n == 0 {
		return ""
	}
	wide, unit := chartWidth/float64(len(c.Bars)), chartHeight/float64(c.Top)
	return fmt.Sprintf("M%.1f %.1fh%.1fv%.1fh%.1fz", (float64(i)+.1)*wide, chartHeight-unit*float64(from), .8*wide, -unit*float64(n), -.8*wide)
}

// column is all the height over a bar: it is there for the pointer.
func (c Chart) column(i int) string {
	wide := chartWidth / float64(len(c.Bars))
	return fmt.Sprintf("M%.1f 0h%.1fv160h%.1fz", float64(i)*wide, wide, -wide)
}

// says is the bar in words.
func (b Bar) says() string {
	return b.When + ": " + Counted(b.Ok+b.Bad, "request") + ", " + thousands(b.Bad) + " failed"
}

// came says whether anything came in a bar's time.
func (b Bar) came() bool { return b.Ok+b.Bad > 0 }
