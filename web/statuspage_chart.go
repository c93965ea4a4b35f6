package web

import (
	"fmt"
	"strconv"
	"time"

	"devhook/store"
	"devhook/web/view"
)

// chart draws the requests of a window.
func chart(a store.Activity, sp window) view.Chart {
	c := view.Chart{Title: sp.rate}
	most, worst := 0, -1
	for i, b := range a.Buckets {
		c.Bars = append(c.Bars, view.Bar{When: sp.clock(b.Start), Ok: b.Requests - b.Failed, Bad: b.Failed})
		c.Ok += b.Requests - b.Failed
		c.Bad += b.Failed
		most = max(most, b.Requests)
		if b.Failed > 0 && (worst < 0 || b.Failed > a.Buckets[worst].Failed) {
			worst = i
		}
	}
	step := gridStep(most)
	c.Top = gridLines * step
	for i := gridLines; i >= 0; i-- {
		c.Steps = append(c.Steps, strconv.Itoa(i*step))
	}
	for i := range 5 {
		c.Ticks = append(c.Ticks, sp.tick(a.Buckets[i*(sp.n-1)/4].Start))
	}
	c.Says = fmt.Sprintf("%s in %s: %d in all, at most %d, %d failed", c.Title, sp.says, c.Ok+c.Bad, most, c.Bad)
	if worst >= 0 {
		c.Says += ", most of them from " + c.Bars[worst].When
	}
	return c
}

// gridLines is how many lines are drawn above the axis.
const gridLines = 4

// gridStep is the round number between two lines so that most fits below the top one.
func gridStep(most int) int {
	for size := 1; ; size *= 10 {
		for _, n := range []int{1, 2, 5} {
			if n*size*gridLines >= most {
				return n * size
			}
		}
	}
}

// window is a stretch of time that the page tells of.
type window struct {
	name  string // in the address: "1h"
	label string // on the page: "1 hour"
	says  string // in a sentence: "the last hour"
	rate  string // over the chart
	step  time.Duration
	n     int
}

var windows = []window{
	{"15m", "15 min", "the last 15 minutes", "Requests in half a minute", 30 * time.Second, 30},
	{"1h", "1 hour", "the last hour", "Requests a minute", time.Minute, 60},
	{"24h", "24 hours", "the last 24 hours", "Requests in half an hour", 30 * time.Minute, 48},
	{"7d", "7 days", "the last 7 days", "Requests in three hours", 3 * time.Hour, 56},
}

// windowOf is the window of that name; "" is an hour.
func windowOf(name string) (window, error) {
	if name == "" {
		name = "1h"
	}
	for _, s := range windows {
		if s.name == name {
			return s, nil
		}
	}
	return window{}, badParameter("range", "15m, 1h, 24h or 7d")
}

// from is where a window that ends now begins: its last piece is the one under way.
func (s window) from(now time.Time) time.Time {
	return now.Truncate(s.step).Add(s.step * time.Duration(1-s.n))
}

// clock names the start of a piece of the window.
func (s window) clock(t time.Time) string {
	switch {
	case s.step < time.Minute:
		return t.Local().Format("15:04:05")
	case s.step > time.Hour:
		return t.Local().Format("2 Jan 15:04")
	}
	return t.Local().Format("15:04")
}

// tick is the same where there is little room.
func (s window) tick(t time.Time) string {
	if s.step > time.Hour {
		return t.Local().Format("2 Jan")
	}
	return t.Local().Format("15:04")
}
