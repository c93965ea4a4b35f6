//go:build !linux

package main

// What processes take is read from Linux's /proc; elsewhere these figures are 0 and shown as a dash.

func family(root int) []int { return []int{root} }
func cpuOf(int) float64     { return 0 }
func peakOf(int) float64    { return 0 }
func memoryOf(int) memory   { return memory{} }
func resetPeak(int)         {}

func load() string { return "unknown" }

func processor() string { return "unknown processor" }
