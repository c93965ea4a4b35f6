package main

import "fmt"

// A gate is a promise about speed: what is measured in each round, and how its median must stand to two figures.
type gate struct {
	work       string
	unit       string
	gate, goal float64 // goal 0: none
	atMost     bool    // else at least
	of         func(round) (float64, bool)
}

// The cells that gates speak of.
func fresh(callers, size int) cell { return cell{callers: callers, size: size} }
func kept(callers int) cell        { return cell{keep: true, callers: callers, size: kib} }
func away(callers, size int) cell  { return cell{callers: callers, size: size, delay: far} }

// The figures that gates speak of.
func rate(r result) float64         { return r.rate }
func p50(r result) float64          { return r.p50 }
func p99(r result) float64          { return r.p99 }
func cpu(r result) float64          { return r.cpu.sum() }
func cpuOfAnswers(r result) float64 { return r.cpu.sum() - r.after }
func peak(r result) float64         { return r.peak.sum() }

// ratio sets one peer's figure against another's in the same round.
func ratio(figure func(result) float64, a, b string, c cell) func(round) (float64, bool) {
	return func(r round) (float64, bool) {
		mine, ok := r.results[key{a, c}]
		other, there := r.results[key{b, c}]
		if !ok || !there || figure(other) == 0 {
			return 0, false
		}
		return figure(mine) / figure(other), true
	}
}

// flat is how much more memory devhook has at its peak with long bodies than with short ones.
func flat(r round) (float64, bool) {
	long, ok := r.results[key{recording, fresh(2, 10*mib)}]
	short, there := r.results[key{recording, fresh(16, kib)}]
	return long.peak.sum() - short.peak.sum(), ok && there && long.peak.sum() > 0
}

// added is what one caller waits longer than for the app itself, less one fsync.
func added(r round) (float64, bool) {
	mine, ok := r.results[key{recording, fresh(1, kib)}]
	plain, there := r.results[key{direct, fresh(1, kib)}]
	return mine.p50 - plain.p50 - r.fsync, ok && there
}

// trips is how many round trips an answer takes.
func trips(callers int) func(round) (float64, bool) {
	return func(r round) (float64, bool) {
		c := away(callers, kib)
		mine, ok := r.results[key{recording, c}]
		if !ok || r.roundTrip[c] == 0 {
			return 0, false
		}
		return mine.p50 / r.roundTrip[c], true
	}
}

// gates are those of the work that this program sends. Rates, p99 and CPU are with new connections and 1 KiB where nothing else is
// said.
func gates() []gate {
	vs := func(work string, figure func(result) float64, a, b string, c cell, least, goal float64) gate {
		return gate{work: work, unit: "×", gate: least, goal: goal, of: ratio(figure, a, b, c)}
	}
	most := func(g gate) gate {
		g.atMost = true
		return g
	}
	return []gate{
		vs("recording, of ssh -R, 16 callers", rate, recording, openssh, fresh(16, kib), .9, 1.5),
		vs("recording, of ssh -R, 64 callers", rate, recording, openssh, fresh(64, kib), 1.1, 1.5),
		vs("recording, of mitmproxy, 16 callers", rate, recording, "mitmproxy", fresh(16, kib), 8, 15),
		vs("recording, of mitmproxy, 64 callers", rate, recording, "mitmproxy", fresh(64, kib), 8, 15),
		vs("recording off, of ssh -R, 16 callers", rate, off, openssh, fresh(16, kib), 1.5, 2.2),
		vs("recording off, of ssh -R, 64 callers", rate, off, openssh, fresh(64, kib), 1.5, 2.2),
		vs("recording on, of off, 16 callers", rate, recording, off, fresh(16, kib), .5, .75),
		most(vs("p99, of ssh -R's, 16 callers", p99, recording, openssh, fresh(16, kib), .5, .25)),
		{work: "p50 added to direct's, less one fsync, 1 caller", unit: "ms", gate: .9, goal: .5, atMost: true, of: added},
		vs("keep-alive, of ssh -R, 16 callers", rate, recording, openssh, kept(16), .33, .8),
		vs("keep-alive, of mitmproxy, 16 callers", rate, recording, "mitmproxy", kept(16), 8, 0),
		vs("10 MiB bodies, of ssh -R, 2 callers", rate, recording, openssh, fresh(2, 10*mib), .2, .6),
		{work: "10 MiB bodies: more memory than with 1 KiB and 16 callers", unit: "MiB", gate: 64, atMost: true, of: flat},
		{work: "40 ms away, p50, 1 caller", unit: "round trips", gate: 1.2, goal: 1.1, atMost: true, of: trips(1)},
		{work: "40 ms away, p50, 16 callers", unit: "round trips", gate: 1.2, goal: 1.1, atMost: true, of: trips(16)},
		vs("40 ms away, 16 MiB bodies, of ssh -R", rate, recording, openssh, away(1, 16*mib), .8, 2),
		most(vs("CPU of both ends until the answers, of ssh -R's, 16 callers", cpuOfAnswers, recording, openssh, fresh(16, kib), 1.4, .8)),
		most(vs("the same with the index of texts, filled afterwards", cpu, recording, openssh, fresh(16, kib), 1.4, .8)),
	}
}

// measured are the figures of all rounds that have one.
func (g gate) measured(rounds []round) []float64 {
	var all []float64
	for _, r := range rounds {
		if v, ok := g.of(r); ok {
			all = append(all, v)
		}
	}
	return all
}

func (g gate) holds(v, limit float64) bool {
	if g.atMost {
		return v <= limit
	}
	return v >= limit
}

// verdict says how a median stands to gate and goal.
func (g gate) verdict(v float64) string {
	switch {
	case !g.holds(v, g.gate):
		return "**miss**"
	case g.goal != 0 && g.holds(v, g.goal):
		return "ok, goal"
	}
	return "ok"
}

func (g gate) limit(v float64) string {
	if v == 0 {
		return "–"
	}
	sign := "≥"
	if g.atMost {
		sign = "≤"
	}
	return fmt.Sprintf("%s %.4g %s", sign, v, g.unit)
}

// A judged is a gate with what was measured.
type judged struct {
	gate
	v []float64
}

// judge holds all that was measured against the gates that speak of it.
func (m *measurement) judge() (all []judged) {
	for _, g := range gates() {
		if v := g.measured(m.rounds); len(v) > 0 {
			all = append(all, judged{g, v})
		}
	}
	return append(append(all, idleGates(m.idle)...), readGates(m.reads)...)
}

func (m *measurement) missedGates() (missed int) {
	for _, one := range m.judge() {
		if !one.holds(median(one.v), one.gate.gate) {
			missed++
		}
	}
	return missed
}
