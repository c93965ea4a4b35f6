package main

import (
	"errors"
	"runtime"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"devhook/tunnel/relay"
)

// newRegistry holds what a relay tells Prometheus: its own counts, its version, and how its process and Go's runtime fare.
// Labels are fixed words. No path, key or address of anybody is among them, so their number can't grow, and nothing is
// told of what senders say.
func newRegistry(stats func() relay.Stats) (*prometheus.Registry, error) {
	reg := prometheus.NewRegistry()
	build := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "devhook_build_info", Help: "1, with what this program was built from.",
		ConstLabels: prometheus.Labels{"version": version(), "goversion": runtime.Version()},
	}, func() float64 { return 1 })
	return reg, errors.Join(
		reg.Register(build),
		reg.Register(collectors.NewGoCollector()),
		reg.Register(collectors.NewProcessCollector(collectors.ProcessCollectorOpts{})),
		reg.Register(newRelayCollector(stats)),
	)
}

// A relayCollector translates a relay's Stats at each scrape, so that counting costs the relay no more than its atomics.
type relayCollector struct {
	stats     func() relay.Stats
	plain     []plainMetric
	byLabel   []labelledMetric
	durations *prometheus.Desc
}

type plainMetric struct {
	desc  *prometheus.Desc
	kind  prometheus.ValueType
	value func(*relay.Stats) float64
}

// A labelledMetric has one series for each word of its label.
type labelledMetric struct {
	desc  *prometheus.Desc
	kind  prometheus.ValueType
	words []string
	value func(s *relay.Stats, word int) float64
}

func newRelayCollector(stats func() relay.Stats) *relayCollector {
	return &relayCollector{
		stats: stats, plain: plainMetrics(), byLabel: labelledMetrics(),
		durations: describe("exchange_duration_seconds", "Answered requests, from the tunnel's taking them to the answer's end. "+
			"Upgraded connections and those of stock SSH clients are left out."),
	}
}

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("devhook_relay_"+name, help, labels, nil)
}

const (
	counter = prometheus.CounterValue
	gauge   = prometheus.GaugeValue
)

func plainMetrics() []plainMetric {
	add := func(kind prometheus.ValueType, name, help string, value func(*relay.Stats) float64) plainMetric {
		return plainMetric{describe(name, help), kind, value}
	}
	return []plainMetric{
		add(counter, "exchanges_total", "Requests that tunnels took.", func(s *relay.Stats) float64 { return float64(s.Exchanges) }),
		add(gauge, "exchanges_busy", "Requests that are under way.", func(s *relay.Stats) float64 { return float64(s.Busy) }),
		add(counter, "malformed_total", "Requests that were handed on as malformed.", func(s *relay.Stats) float64 { return float64(s.Malformed) }),
		add(counter, "received_bytes_total", "Bytes of requests that went into tunnels.", func(s *relay.Stats) float64 { return float64(s.BytesIn) }),
		add(counter, "sent_bytes_total", "Bytes of answers that went to senders.", func(s *relay.Stats) float64 { return float64(s.BytesOut) }),
		add(counter, "channels_opened_total", "Channels opened to agents.", func(s *relay.Stats) float64 { return float64(s.ChannelsOpened) }),
		add(gauge, "channels", "Channels to agents, free and in use.", func(s *relay.Stats) float64 { return float64(s.ChannelsHeld) }),
		add(gauge, "reserved_addresses", "Addresses that wait for their owner to come back.", func(s *relay.Stats) float64 { return float64(s.Reserved) }),
		add(counter, "logins_total", "Logins that were let in.", func(s *relay.Stats) float64 { return float64(s.Logins) }),
		add(gauge, "handshakes", "Logins that are under way.", func(s *relay.Stats) float64 { return float64(s.Handshakes) }),
		add(counter, "takeovers_total", "Addresses that a newer connection of the same key took from a live one.", func(s *relay.Stats) float64 { return float64(s.Takeovers) }),
		add(gauge, "sender_connections", "Connections of senders.", func(s *relay.Stats) float64 { return float64(s.Senders) }),
		add(counter, "sender_connections_total", "Connections of senders that were taken.", func(s *relay.Stats) float64 { return float64(s.SendersOpened) }),
		add(gauge, "held_webhooks", "Webhooks that are kept for agents that are away.", func(s *relay.Stats) float64 { return float64(s.Held) }),
		add(gauge, "held_bytes", "Bytes of them, as --hold-size counts.", func(s *relay.Stats) float64 { return float64(s.HeldBytes) }),
		add(gauge, "held_oldest_seconds", "Age of the oldest of them.", func(s *relay.Stats) float64 { return s.HeldOldest.Seconds() }),
		add(counter, "held_refused_total", "Webhooks that were not kept for want of room, or because the disk failed.", func(s *relay.Stats) float64 { return float64(s.HeldRefused) }),
		add(counter, "held_expired_total", "Kept webhooks that were forgotten because they were too old.", func(s *relay.Stats) float64 { return float64(s.HeldExpired) }),
		add(counter, "held_dropped_total", "Kept webhooks that were forgotten because their address is its key's no more, or their agent refused them.", func(s *relay.Stats) float64 { return float64(s.HeldDropped) }),
		add(counter, "handed_over_total", "Kept webhooks that an agent has taken.", func(s *relay.Stats) float64 { return float64(s.HandedOver) }),
		add(counter, "sender_connections_refused_total", "Connections of senders that were closed at once, for there were too many.", func(s *relay.Stats) float64 { return float64(s.SendersRefused) }),
	}
}

func labelledMetrics() []labelledMetric {
	return []labelledMetric{
		{
			describe("tunnels", "Tunnels that have an address, of devhook agents and of stock SSH clients.", "client"), gauge,
			[]string{"devhook", "ssh"},
			func(s *relay.Stats, n int) float64 { return float64([...]int{s.Agents, s.Clients}[n]) },
		},
		{
			describe("requests_total", "Requests that came to an end, by what became of them.", "outcome"), counter, words[relay.Outcome](relay.Outcomes),
			func(s *relay.Stats, n int) float64 { return float64(s.Requests[n]) },
		},
		{
			describe("logins_refused_total", "Logins that were refused.", "reason"), counter, words[relay.Refusal](relay.Refusals),
			func(s *relay.Stats, n int) float64 { return float64(s.Refused[n]) },
		},
		{
			describe("tunnels_dropped_total", "Connections of agents and SSH clients that the relay cut.", "reason"), counter, words[relay.Drop](relay.Drops),
			func(s *relay.Stats, n int) float64 { return float64(s.Dropped[n]) },
		},
	}
}

// word is a count's name.
type word interface {
	~int
	String() string
}

// words are the names of all values below n.
func words[T word](n T) (all []string) {
	for v := T(0); v < n; v++ {
		all = append(all, v.String())
	}
	return all
}

// Describe is prometheus.Collector's.
func (c *relayCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, m := range c.plain {
		ch <- m.desc
	}
	for _, m := range c.byLabel {
		ch <- m.desc
	}
	ch <- c.durations
}

// Collect is prometheus.Collector's.
func (c *relayCollector) Collect(ch chan<- prometheus.Metric) {
	s := c.stats()
	for _, m := range c.plain {
		ch <- prometheus.MustNewConstMetric(m.desc, m.kind, m.value(&s))
	}
	for _, m := range c.byLabel {
		for n, word := range m.words {
			ch <- prometheus.MustNewConstMetric(m.desc, m.kind, m.value(&s, n), word)
		}
	}
	below, upTo := uint64(0), map[float64]uint64{}
	for n, bound := range relay.Bounds {
		below += uint64(s.Durations.Counts[n])
		upTo[bound] = below
	}
	all := below + uint64(s.Durations.Counts[len(relay.Bounds)])
	ch <- prometheus.MustNewConstHistogram(c.durations, all, s.Durations.Sum.Seconds(), upTo)
}
