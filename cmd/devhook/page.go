package main

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"slices"
	"strconv"

	"devhook/cmd/devhook/config"
	"devhook/inspector/provider"
	"devhook/web"
)

// pageRoom is the inspector page with the sockets it listens on.
type pageRoom struct {
	server    *web.Server
	listeners []net.Listener
	url       string
}

// openPage takes the inspector's port, or the next free one, said aloud.
func (a *agent) openPage() error {
	if a.cfg.Inspect == config.Off {
		return nil
	}
	host, wanted, err := pageAddress(a.cfg)
	if err != nil {
		return err
	}
	listeners, port, err := listenPage(a.cfg)
	if err != nil {
		return err
	}
	a.page = &pageRoom{listeners: listeners, url: pageURL(host, port)}
	if wanted != 0 && port != wanted {
		a.c.warn("port "+strconv.Itoa(wanted)+" is taken, the inspector is at "+a.page.url, "name another with --inspect")
	}
	a.page.server, err = web.New(web.Config{
		Store: a.db, Replayer: replayer{a.inspectorOf}, Signer: replayer{a.inspectorOf}, Mask: masks(a.c.known),
		Status: a.status, TunnelEvents: a.tunnelEvents,
		Hosts: pageHosts(host, port), Token: a.cfg.InspectToken, Titles: titles(a.c.known), Log: a.c.term.logger(),
	})
	return err
}

// pageAddress is the inspector's address as it is wanted.
func pageAddress(cfg *config.Config) (host string, port int, err error) {
	host, text, err := net.SplitHostPort(cfg.Inspect)
	if err != nil {
		return "", 0, err
	}
	port, err = strconv.Atoi(text)
	return host, port, err
}

// listenPage listens there, or on the next free port.
func listenPage(cfg *config.Config) ([]net.Listener, int, error) {
	host, wanted, err := pageAddress(cfg)
	if err != nil {
		return nil, 0, err
	}
	listeners, port, err := listenFrom(host, wanted, appPorts(cfg))
	if err != nil {
		return nil, 0, failed(err, "name another with --inspect, or --inspect off", "the inspector can't listen on %s: %s", cfg.Inspect, reason(err))
	}
	return listeners, port, nil
}

func pageURL(host string, port int) string {
	return "http://" + net.JoinHostPort(shownHost(host), strconv.Itoa(port))
}

// appPorts are the ports of all apps that are on this machine.
func appPorts(cfg *config.Config) (ports []int) {
	for _, base := range append([]string{cfg.Local}, cfg.Apps...) {
		if config.Loopback(base) {
			_, port := config.HostPort(base)
			ports = append(ports, port)
		}
	}
	return ports
}

// tries bounds how many ports are looked at for a free one.
const tries = 100

// listenFrom listens on the first free port from wanted on, except the apps'.
func listenFrom(host string, wanted int, apps []int) (listeners []net.Listener, port int, err error) {
	for port = wanted; port < wanted+tries && port <= 65535; port++ {
		if port != 0 && slices.Contains(apps, port) {
			continue
		}
		listeners, err = listenBoth(host, port)
		if err == nil {
			_, text, err := net.SplitHostPort(listeners[0].Addr().String())
			if err != nil {
				return nil, 0, err
			}
			port, err = strconv.Atoi(text)
			return listeners, port, err
		}
		if errors.Is(err, fs.ErrPermission) {
			return nil, 0, err
		}
	}
	return nil, 0, err
}

// listenBoth listens on host. "localhost" means both loopback addresses: a
// browser may try either, and a port that is ours on one only is not ours.
func listenBoth(host string, port int) ([]net.Listener, error) {
	if host != "localhost" {
		ln, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port)))
		return []net.Listener{ln}, err
	}
	four, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return nil, err
	}
	_, text, err := net.SplitHostPort(four.Addr().String())
	if err != nil {
		return nil, errors.Join(err, four.Close())
	}
	six, err := net.Listen("tcp6", net.JoinHostPort("::1", text))
	switch {
	case err == nil:
		return []net.Listener{four, six}, nil
	case !hasIPv6Loopback():
		return []net.Listener{four}, nil
	}
	return nil, errors.Join(err, four.Close())
}

func hasIPv6Loopback() bool {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return false
	}
	for _, a := range addrs {
		if n, ok := a.(*net.IPNet); ok && n.IP.Equal(net.IPv6loopback) {
			return true
		}
	}
	return false
}

// shownHost is the name a person opens.
func shownHost(host string) string {
	if host == "" || net.ParseIP(host).IsUnspecified() {
		return announced("0.0.0.0")
	}
	return host
}

// pageHosts are the Host values that the page answers: names of this machine
// under which the listener is reached.
func pageHosts(host string, port int) []string {
	names := []string{"localhost", "127.0.0.1", "::1"}
	switch ip := net.ParseIP(host); {
	case host == "" || ip.IsUnspecified():
		names = append(names, machineNames()...)
	case ip != nil && !ip.IsLoopback():
		names = []string{host}
	case ip != nil:
		names = append(names, host)
	}
	hosts := make([]string, len(names))
	for i, name := range names {
		hosts[i] = net.JoinHostPort(name, strconv.Itoa(port))
	}
	return hosts
}

func machineNames() []string {
	var names []string
	if name, err := os.Hostname(); err == nil {
		names = append(names, name)
	}
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return names
	}
	for _, a := range addrs {
		if n, ok := a.(*net.IPNet); ok {
			names = append(names, n.IP.String())
		}
	}
	return names
}

// titles are the proper names of all senders.
func titles(known provider.List) map[string]string {
	all := map[string]string{}
	for _, p := range known {
		all[p.Name] = p.Title
	}
	return all
}

func (a *agent) servePage() {
	if a.page == nil {
		return
	}
	for _, ln := range a.page.listeners {
		a.serve(func() error { return a.page.server.Serve(ln) }, func(err error) {
			a.fail(failed(err, "start devhook up again", "the inspector ended: %s", quote(err.Error())))
		})
	}
}
