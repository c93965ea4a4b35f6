package main

import (
	"errors"
	"slices"
	"strings"

	"devhook/cmd/devhook/config"
)

// settings reads them as devhook up does and tells every fault. Without sound
// ones there is nothing to look at: it returns false.
func (d *doctor) settings(settings *settingFlags) bool {
	cfg, err := d.c.load(settings, false)
	if faults, ok := errors.AsType[config.Faults](err); ok {
		for _, f := range faults {
			d.fail("settings", failed(nil, f.Hint, "%s", f.Error()))
		}
		return false
	}
	if err != nil {
		d.fail("settings", err)
		return false
	}
	d.cfg = cfg
	text := or(cfg.File, "no devhook.yaml")
	if n := len(cfg.Tunnels); n > 0 {
		text += ", " + count(n, "tunnel", "tunnels")
	}
	if n := len(cfg.Routes); n > 0 {
		text += ", " + count(n, "route", "routes")
	}
	if more := d.elsewhere(); len(more) > 0 {
		text += ", with " + strings.Join(more, ", ")
	}
	d.ok("settings", "%s", text)
	return true
}

// elsewhere names the flags and variables that have a say, the file's keys left out.
func (d *doctor) elsewhere() (names []string) {
	for _, cfg := range append(d.cfg.All(), d.cfg) {
		for _, at := range cfg.Given {
			if !strings.Contains(at, ":") {
				names = append(names, at)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
