package main

// cpuTime is what the processes of a peer have used of the processors so far, in seconds.
func (p *peer) cpuTime() ends { return p.each(cpuOf) }

// peaks is the most memory that the processes of a peer had since resetPeaks, in MiB: the sum of each one's own peak.
func (p *peer) peaks() ends { return p.each(peakOf) }

func (p *peer) each(figure func(pid int) float64) (e ends) {
	e.relay = sumOf(p.relay, figure)
	e.agent = sumOf(p.agent, figure)
	return e
}

func sumOf(roots []*process, figure func(pid int) float64) (sum float64) {
	for _, root := range roots {
		for _, pid := range family(root.cmd.Process.Pid) {
			sum += figure(pid)
		}
	}
	return sum
}

func resetPeaks(p *peer) {
	for _, root := range append(p.relay[:len(p.relay):len(p.relay)], p.agent...) {
		for _, pid := range family(root.cmd.Process.Pid) {
			resetPeak(pid)
		}
	}
}

// A memory is what a process has, in KiB.
type memory struct{ rss, pss float64 }
