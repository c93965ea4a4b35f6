package config

import (
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// entry is an entry of tunnels: in devhook.yaml before it is checked. What it has replaces what the top of the file has.
type entry struct {
	at     place
	given  map[string][]value
	routes []fileRoute
	routed bool // routes: stands in it
	mixed  bool // some tunnels have a relay elsewhere and some have none
}

// forOthers says that a word is not the tunnel's own, and that tunnels of the other kind are there which it may be meant for.
func (l *loader) forOthers(word string) bool {
	return l.inside != nil && l.inside.mixed && len(l.inside.given[word]) == 0
}

// shared are the words that all tunnels of one devhook have in common.
var shared = []string{"inspect", "inspect-token", "db", "keep", "keep-size"}

// own are the words that mean something else for every tunnel.
var own = []string{
	"local", "port", "name", "relay", "tls-cert", "tls-key", "public-url", "verify", "register", "credential", "api", "project",
}

func (l *loader) readTunnels(node ast.Node, at place) {
	before := len(l.faults)
	l.eachItem(node, l.readTunnel)
	if len(l.entries) == 0 && len(l.faults) == before {
		l.fault(at, "write at least one, or take the key away", "tunnels: has no tunnel")
	}
}

func (l *loader) readTunnel(node ast.Node) {
	b := &entry{at: l.nodeAt(node), given: map[string][]value{}}
	in := &loader{src: l.src, cfg: l.cfg, given: b.given}
	first := true
	in.eachKey(node, func(key string, node ast.Node, at place) {
		if first {
			b.at, first = at, false // an entry begins with its first key
		}
		switch {
		case key == "routes":
			b.routed = true
			in.eachItem(node, in.readRoute)
		case key == "tunnels" || key == "providers" || slices.ContainsFunc(shared, func(word string) bool { return keyOf(word) == key }):
			in.fault(at, "write it at the top of the file", "%s is for all tunnels together", key)
		default:
			in.readSetting(key, node, at, "routes")
		}
	})
	b.routes = in.routes
	l.faults = append(l.faults, in.faults...)
	l.entries = append(l.entries, b)
}

// setTunnels fills in every tunnel of the file, and at the top what they share. What the commands that know no tunnel look
// at is there too: the words at the top, and the routes of all.
func (l *loader) setTunnels() {
	if verify := l.given["verify"]; l.src.Uses != nil && (!l.uses("verify") || len(verify) > 0) {
		l.setAll() // no route of a tunnel is asked for
		return
	}
	whole := len(l.faults) == 0
	for _, s := range settings() {
		if l.uses(s.word) && (slices.Contains(shared, s.word) || l.src.Uses != nil && s.word != "verify") {
			s.set(l, l.given[s.word])
		}
	}
	l.checkInspect()
	if l.refuseOwn() {
		return
	}
	l.mix()
	for _, b := range l.entries {
		in := l.within(b)
		in.src.NeedLocal = in.src.NeedLocal && whole // else the app may stand in what could not be read
		in.setAll()
		l.addFaults(in.faults)
		in.cfg.Given = in.places()
		l.cfg.Tunnels = append(l.cfg.Tunnels, in.cfg)
	}
	l.checkApart()
	l.nameTunnels()
	for _, t := range l.cfg.Tunnels {
		l.cfg.Routes = append(l.cfg.Routes, t.Routes...)
		l.cfg.Apps = append(l.cfg.Apps, t.Apps...)
	}
	for _, t := range l.cfg.Tunnels {
		t.Apps = l.cfg.Apps
	}
}

// mix notes whether tunnels of both kinds are there.
func (l *loader) mix() {
	elsewhere := 0
	for _, e := range l.entries {
		if len(l.given["relay"])+len(e.given["relay"]) > 0 {
			elsewhere++
		}
	}
	for _, e := range l.entries {
		e.mixed = elsewhere > 0 && elsewhere < len(l.entries)
	}
}

// within is a loader for one tunnel: the words at the top, those of its entry over them where they come from the file, and
// what all share as it is.
func (l *loader) within(b *entry) *loader {
	in := &loader{src: l.src, given: map[string][]value{}, routes: l.routes, inside: b}
	top := *l.cfg
	in.cfg = &Config{
		Senders: top.Senders, File: top.File, Inspect: top.Inspect, InspectToken: top.InspectToken,
		DB: top.DB, DBGiven: top.DBGiven, Keep: top.Keep, KeepSize: top.KeepSize,
	}
	for word, values := range l.given {
		if !slices.Contains(shared, word) {
			in.given[word] = values
		}
	}
	for word, values := range b.given {
		if over, ok := one(in.given[word]); !ok || over.at.kind == file {
			in.given[word] = values
		}
	}
	if b.routed {
		in.routes = b.routes
	}
	return in
}

// addFaults takes the faults of a tunnel; what the top of the file is at fault for is told once.
func (l *loader) addFaults(more Faults) {
	for _, f := range more {
		if !slices.Contains(l.faults, f) {
			l.faults = append(l.faults, f)
		}
	}
}

// refuseOwn refuses flags and variables that would make all tunnels the same, and says whether there are any.
func (l *loader) refuseOwn() (refused bool) {
	if len(l.entries) < 2 || l.src.Uses != nil {
		return false
	}
	for _, word := range own {
		if v, ok := one(l.given[word]); ok && v.at.kind != file {
			l.fault(v.at, "write it into that tunnel's entry of "+l.cfg.File+", or name another file with --config",
				"%s is for one tunnel, and %s has %d", subject(v.at), l.cfg.File, len(l.entries))
			refused = true
		}
	}
	return refused
}

// subject is a word of the flags by its name, and one whose name stands before the sentence as "it".
func subject(at place) string {
	if at.kind == flag {
		return at.name
	}
	return "it"
}

// checkApart refuses two tunnels that ask for one address.
func (l *loader) checkApart() {
	seen := map[string]bool{}
	for n, t := range l.cfg.Tunnels {
		where := t.Bind
		if t.Relay != nil {
			where = t.Relay.URL
		}
		for word, text := range map[string]string{"port": portText(t.Port), "name": t.Name} {
			asked := strings.Join([]string{where, word, text}, " ")
			if text != "" && seen[asked] {
				at := l.entries[n].at
				if v, ok := one(l.entries[n].given[word]); ok {
					at = v.at
				}
				l.fault(at, "ask for another, or leave one of them out", "%s %s is asked for by two tunnels", word, text)
			}
			seen[asked] = true
		}
	}
}

func portText(port int) string {
	if port == 0 {
		return ""
	}
	return fmt.Sprint(port)
}

// nameTunnels calls each tunnel by its name on the relay, or else by its app's address; no two alike. One alone needs no
// name.
func (l *loader) nameTunnels() {
	if len(l.cfg.Tunnels) == 1 {
		return
	}
	taken := map[string]bool{}
	for n, t := range l.cfg.Tunnels {
		name := t.Name
		switch {
		case name != "":
		case t.Local != "":
			host, port := HostPort(t.Local)
			name = net.JoinHostPort(host, fmt.Sprint(port))
		default:
			name = fmt.Sprintf("tunnel %d", n+1)
		}
		t.Tunnel = name
		for n := 2; taken[t.Tunnel]; n++ {
			t.Tunnel = fmt.Sprintf("%s-%d", name, n)
		}
		taken[t.Tunnel] = true
	}
}
