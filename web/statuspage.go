package web

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"devhook/store"
	"devhook/web/view"
)

// What the page tells from, at most; it says so where that leaves something out.
const (
	activityMost = 30_000 // captures, for the counts
	answersMost  = 1000   // answers, for the latencies
)

// statusPage tells of the tunnel, the app's answers, what came and the disk.
func (s *Server) statusPage(w http.ResponseWriter, r *http.Request) error {
	sp, err := windowOf(r.URL.Query().Get("range"))
	if err != nil {
		return err
	}
	p := view.StatusPage{Page: s.page(r, "Status"), Span: sp.says}
	p.Section = "status"
	for _, one := range windows {
		p.Spans = append(p.Spans, view.Span{Label: one.label, Href: "/status?range=" + one.name, Current: one == sp})
	}
	now := s.now()
	a, err := s.activity.of(r.Context(), s.cfg.Store, sp, now)
	if err != nil {
		return err
	}
	answers, err := s.cfg.Store.Answers(r.Context(), sp.from(now), answersMost)
	if err != nil {
		return err
	}
	p.Chart = chart(a, sp)
	if !a.CutAt.IsZero() {
		p.CutNote = "Only the newest " + view.Counted(activityMost, "request") + " are counted, those since " + a.CutAt.Local().Format("2 Jan 15:04") + "."
	}
	p.App, p.Before = answerTile(answers, sp), beforeTile(answers)
	p.Senders = s.presenter(false).senderRows(a.Senders, answers)
	t := s.status()
	p.Relay, p.Facts, p.History, p.QR = relayTile(t), tunnelFacts(t, now), moments(t), qrOf(t.PublicURL)
	p.QR.Note = qrNotes[reach(t)]
	if p.Disk, err = s.disk(r.Context(), t); err != nil {
		return err
	}
	return render(r.Context(), w, http.StatusOK, view.StatusView(p))
}

// activities keeps what was counted for a moment, so that many pages, or a very long list, cost no more than a
// twentieth of the time.
type activities struct {
	mu   sync.Mutex
	kept map[string]tally
}

type tally struct {
	from, until time.Time // until: when it is counted anew
	activity    store.Activity
}

func (a *activities) of(ctx context.Context, db *store.DB, sp window, now time.Time) (store.Activity, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	from := sp.from(now)
	if k := a.kept[sp.name]; k.from.Equal(from) && time.Now().Before(k.until) {
		return k.activity, nil
	}
	start := time.Now()
	found, err := db.Activity(ctx, store.Span{From: from, Step: sp.step, N: sp.n, Most: activityMost})
	if err == nil {
		end := time.Now()
		a.kept[sp.name] = tally{from, end.Add(20 * end.Sub(start)), found}
	}
	return found, err
}

var percentiles = []struct {
	name string
	of   float64
}{{"p50", .50}, {"p90", .90}, {"p99", .99}}

// percentile is the value that so many parts of a sorted list don't exceed. The list isn't empty.
func percentile(sorted []time.Duration, part float64) time.Duration {
	return sorted[max(0, int(math.Ceil(part*float64(len(sorted))))-1)]
}

// durations are how long the answers took, sorted.
func durations(answers []store.Answer) []time.Duration {
	out := make([]time.Duration, len(answers))
	for i, a := range answers {
		out[i] = a.Took
	}
	slices.Sort(out)
	return out
}

// figures are the percentiles of a sorted list.
func figures(sorted []time.Duration) []view.Figure {
	var out []view.Figure
	for _, p := range percentiles {
		f := view.Figure{Name: p.name, Value: "–"}
		if len(sorted) > 0 {
			f.Value, f.Unit = figure(percentile(sorted, p.of))
		}
		out = append(out, f)
	}
	return out
}

// figure is a duration with two digits: "0.8" "ms", "38" "ms", "3.2" "s".
func figure(d time.Duration) (value, unit string) {
	if d < 9950*time.Microsecond {
		return strconv.FormatFloat(float64(d.Microseconds())/1000, 'f', 1, 64), "ms"
	}
	value, unit, _ = strings.Cut(took(d), " ")
	return value, unit
}

func answerTile(answers []store.Answer, sp window) view.Latency {
	l := view.Latency{Title: "Your app’s answer time", Figures: figures(durations(answers))}
	switch n := len(answers); {
	case n == 0:
		l.Note = "It answered nothing in " + sp.says + "."
	case n == answersMost:
		l.Note = "Of its latest " + view.Counted(n, "answer") + ", replays too."
	default:
		l.Note = "Of " + view.Counted(n, "answer") + " in " + sp.says + ", replays too."
	}
	return l
}

// beforeTile tells how long live requests were on their way to the app.
func beforeTile(answers []store.Answer) view.Latency {
	var before []time.Duration
	for _, a := range answers {
		if a.Before >= 0 {
			before = append(before, a.Before)
		}
	}
	slices.Sort(before)
	return view.Latency{
		Title: "Before your app is called", Figures: figures(before),
		Note: "From the head’s arrival: take the body, check it, write it down. Without the way to the relay.",
	}
}

func relayTile(t Status) view.Latency {
	l := view.Latency{Title: "Round trip to the relay", Note: t.Relay}
	f := view.Figure{Name: "last measured", Value: "–"}
	if t.RTT > 0 {
		f.Value, f.Unit = figure(t.RTT)
	}
	l.Figures = []view.Figure{f}
	return l
}

// senderRows are the senders, the busiest first.
func (p presenter) senderRows(list []store.SenderActivity, answers []store.Answer) []view.SenderRow {
	by := map[string][]store.Answer{}
	for _, a := range answers {
		by[a.Provider] = append(by[a.Provider], a)
	}
	slices.SortFunc(list, func(a, b store.SenderActivity) int {
		return cmp.Or(cmp.Compare(b.Requests, a.Requests), cmp.Compare(a.Provider, b.Provider))
	})
	var out []view.SenderRow
	for _, s := range list {
		r := view.SenderRow{
			Name: orWord(p.sender(s.Provider), "unknown"), Requests: s.Requests, Failed: s.Failed, P50: "–", P99: "–",
			LastAt: s.Last.Local(), Last: ago(p.now.Sub(s.Last)),
		}
		r.Verdicts, r.Mix = verdictMix(s)
		if t := durations(by[s.Provider]); len(t) > 0 {
			r.P50, r.P99 = took(percentile(t, .50)), took(percentile(t, .99))
		}
		out = append(out, r)
	}
	return out
}

// verdictMix is a sender's verdicts in words and as a bar.
func verdictMix(s store.SenderActivity) (words string, mix []view.Share) {
	var said []string
	sum := 0
	for _, v := range []store.Verdict{store.Valid, store.Invalid, store.Missing, store.Unchecked} {
		n := s.Verdicts[v]
		if n == 0 {
			continue
		}
		said = append(said, fmt.Sprintf("%d %s", n, v))
		from := 1000 * sum / s.Requests
		sum += n
		mix = append(mix, view.Share{Kind: string(v), From: from, Size: 1000*sum/s.Requests - from})
	}
	return strings.Join(said, ", "), mix
}
