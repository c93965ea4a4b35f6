package main

import (
	"os"
	"path/filepath"
	"time"
)

// fsyncTime is how many milliseconds the disk below dir takes to make 4 KiB durable, the median of 41 tries. On a
// machine that writes much else it explains a slow round of whoever keeps what it answers.
func fsyncTime(dir string) (float64, error) {
	f, err := os.Create(filepath.Join(dir, "fsync"))
	if err != nil {
		return 0, err
	}
	defer f.Close()
	page := make([]byte, 4096)
	var times []float64
	for range 41 {
		start := time.Now()
		if _, err := f.Write(page); err != nil {
			return 0, err
		}
		if err := f.Sync(); err != nil {
			return 0, err
		}
		times = append(times, time.Since(start).Seconds()*1000)
	}
	return median(times), nil
}
