package config

import (
	"strconv"
	"strings"
	"time"
)

// What is kept of the history where nothing else is written.
const (
	defaultKeep     = 30 * 24 * time.Hour
	defaultKeepSize = 2_000_000_000
)

// unlimited says that a value asks for no limit.
func unlimited(text string) bool { return text == "0" || text == Off }

func (l *loader) setKeep(values []value) {
	l.cfg.Keep = defaultKeep
	v, ok := one(values)
	if !ok {
		return
	}
	if l.cfg.Keep, ok = age(v.text); !ok {
		l.fault(v.at, "write 30d or 12h; off keeps them whatever their age", "%q is no age to keep requests for", v.text)
	}
}

// age reads 30d, 12h or 1h30m; a day has 24 hours. No limit is 0.
func age(text string) (d time.Duration, ok bool) {
	if unlimited(text) {
		return 0, true
	}
	days, ok := strings.CutSuffix(text, "d")
	if !ok {
		d, err := time.ParseDuration(text)
		return d, err == nil && d > 0
	}
	n, err := strconv.ParseUint(days, 10, 16)
	return time.Duration(n) * 24 * time.Hour, err == nil && n > 0
}

func (l *loader) setKeepSize(values []value) {
	l.cfg.KeepSize = defaultKeepSize
	v, ok := one(values)
	if !ok {
		return
	}
	if l.cfg.KeepSize, ok = bytesOf(v.text); !ok {
		l.fault(v.at, "write 2GB or 500MB; off sets no limit", "%q is no size to keep the database below", v.text)
	}
}

// units are powers of 1000, with an i in them of 1024.
var units = map[string]int64{
	"B": 1, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "KIB": 1 << 10, "MIB": 1 << 20, "GIB": 1 << 30, "TIB": 1 << 40,
}

// bytesOf reads 2GB, 1.5GiB or 500 MB. No limit is 0. A number alone is refused:
// it would be taken for megabytes by some and for bytes by others.
func bytesOf(text string) (n int64, ok bool) {
	if unlimited(text) {
		return 0, true
	}
	number := strings.TrimRight(text, "BbKkMmGgTtIi")
	unit, known := units[strings.ToUpper(text[len(number):])]
	size, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	size *= float64(unit)
	return int64(size), known && err == nil && size >= 1 && size < 1<<62
}
