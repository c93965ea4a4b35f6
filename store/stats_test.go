package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"devhook/store"
	"devhook/store/storetest"
)

// came is one capture as the tests of this file want it; times are minutes from the start of the stretch.
type came struct {
	at       float64
	provider string
	verdict  store.Verdict
	status   int // of its answer; 200 is accepted, 0 is a delivery without an answer, -1 none at all, -2 none yet
}

func stretch() time.Time { return time.Date(2026, 11, 21, 22, 0, 0, 0, time.UTC) }

func addCame(t *testing.T, db *store.DB, list ...came) {
	t.Helper()
	for i, one := range list {
		c := storetest.Capture(i)
		c.ReceivedAt = stretch().Add(time.Duration(one.at * float64(time.Minute)))
		c.Provider, c.Verdict, c.Delivering = one.provider, one.verdict, one.status != -1
		if err := db.Add(t.Context(), c, storetest.Body(i)); err != nil {
			t.Fatal(err)
		}
		if one.status < 0 {
			continue
		}
		d := storetest.Delivery(c.ID)
		d.At, d.Status, d.Accepted = c.ReceivedAt.Add(time.Millisecond), one.status, one.status == 200
		if one.status == 0 {
			d.Error = "nothing listens"
		}
		if err := db.AddDelivery(t.Context(), d, storetest.Answer(), false); err != nil {
			t.Fatal(err)
		}
	}
}

func TestActivity(t *testing.T) {
	for _, c := range []struct {
		name    string
		came    []came
		buckets string // requests/failed of each of four minutes
		senders []string
	}{
		{"an empty database", nil, "0/0 0/0 0/0 0/0", nil},
		{"one capture", []came{{0.5, "stripe", store.Valid, 200}}, "1/0 0/0 0/0 0/0", []string{"stripe 1/0 valid=1 last 22:00:30"}},
		{
			"at the very edges",
			[]came{{0, "", store.Unchecked, 200}, {1, "", store.Unchecked, 200}, {3.999, "", store.Unchecked, 200}},
			"1/0 1/0 0/0 1/0",
			[]string{" 3/0 unchecked=3 last 22:03:59"},
		},
		{"gaps and failures of each kind", []came{
			{0.1, "stripe", store.Valid, 200}, {0.2, "stripe", store.Invalid, 500}, {0.3, "seven", store.Missing, 0}, {3.5, "stripe", store.Valid, -1},
		}, "3/2 0/0 0/0 1/1", []string{"seven 1/1 missing=1 last 22:00:18", "stripe 3/2 invalid=1 valid=2 last 22:03:30"}},
		{"on its way to the app", []came{{0.1, "a", store.Valid, 500}, {0.2, "a", store.Valid, -2}}, "2/2 0/0 0/0 0/0", []string{"a 2/2 valid=2 last 22:00:12"}},
		{"names of senders", []came{{1, "a b", store.Valid, 200}, {1.1, "a\nb", store.Valid, 500}}, "0/0 2/1 0/0 0/0", []string{"a b 2/1 valid=2 last 22:01:06"}},
		{"before the stretch", []came{{-0.001, "stripe", store.Valid, 200}, {-600, "stripe", store.Valid, 500}}, "0/0 0/0 0/0 0/0", nil},
		{
			"a clock that was set back",
			[]came{{300, "stripe", store.Valid, 200}, {2.5, "stripe", store.Valid, 200}},
			"0/0 0/0 1/0 1/0",
			[]string{"stripe 2/0 valid=2 last 03:00:00"},
		},
		{"stored out of order", []came{{3.1, "a", store.Valid, 200}, {0.1, "a", store.Valid, 200}}, "1/0 0/0 0/0 1/0", []string{"a 2/0 valid=2 last 22:03:06"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			db := storetest.Open(t)
			addCame(t, db, c.came...)
			a, err := db.Activity(t.Context(), store.Span{From: stretch(), Step: time.Minute, N: 4, Most: 1000})
			if err != nil {
				t.Fatal(err)
			}
			buckets, senders := told(a)
			if diff := cmp.Diff(c.buckets, buckets); diff != "" {
				t.Errorf("buckets (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.senders, senders); diff != "" {
				t.Errorf("senders (-want +got):\n%s", diff)
			}
			if !a.CutAt.IsZero() {
				t.Errorf("cut at %s", a.CutAt)
			}
			if want := stretch().Add(3 * time.Minute); !a.Buckets[3].Start.Equal(want) {
				t.Errorf("the last bucket starts at %s, want %s", a.Buckets[3].Start, want)
			}
		})
	}
}

func TestActivityOfTheNewestOnly(t *testing.T) {
	db := storetest.Open(t)
	addCame(t, db, came{-5, "a", store.Valid, 200}, came{0.1, "a", store.Valid, 200}, came{1.5, "a", store.Valid, 500}, came{2.5, "a", store.Valid, 200})
	for _, c := range []struct {
		most    int
		buckets string
		cut     time.Time
	}{
		{2, "0/0 1/1 1/0 0/0", stretch().Add(90 * time.Second)},
		{3, "1/0 1/1 1/0 0/0", time.Time{}}, // what is left out is not of this time
		{4, "1/0 1/1 1/0 0/0", time.Time{}},
	} {
		a, err := db.Activity(t.Context(), store.Span{From: stretch(), Step: time.Minute, N: 4, Most: c.most})
		if err != nil {
			t.Fatal(err)
		}
		if buckets, _ := told(a); buckets != c.buckets || !a.CutAt.Equal(c.cut) {
			t.Errorf("at most %d: %s cut at %s, want %s at %s", c.most, buckets, a.CutAt, c.buckets, c.cut)
		}
	}
}

// told is an Activity in words.
func told(a store.Activity) (buckets string, senders []string) {
	var list []string
	for _, b := range a.Buckets {
		list = append(list, fmt.Sprintf("%d/%d", b.Requests, b.Failed))
	}
	for _, s := range a.Senders {
		var verdicts []string
		for v, n := range s.Verdicts {
			verdicts = append(verdicts, fmt.Sprintf("%s=%d", v, n))
		}
		slices.Sort(verdicts)
		senders = append(senders, fmt.Sprintf("%s %d/%d %s last %s", s.Provider, s.Requests, s.Failed, strings.Join(verdicts, " "), s.Last.Format(time.TimeOnly)))
	}
	slices.Sort(senders)
	return strings.Join(list, " "), senders
}

func TestAnswers(t *testing.T) {
	db := storetest.Open(t)
	addCame(t, db,
		came{-1, "old", store.Valid, 200}, came{0.5, "none", store.Valid, 0}, came{1, "stripe", store.Valid, 200}, came{2, "seven", store.Valid, 500})
	latest, err := db.List(t.Context(), store.Filter{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, target := range []string{"http://localhost:3000/", "devhook"} {
		replay := storetest.Delivery(latest[0].ID)
		replay.Kind, replay.At, replay.Duration, replay.Target = store.Replay, stretch().Add(time.Hour), time.Second, target
		if err := db.StartReplay(t.Context(), replay); err != nil {
			t.Fatal(err)
		}
		if err := db.AddDelivery(t.Context(), replay, nil, false); err != nil {
			t.Fatal(err)
		}
	}
	all := []store.Answer{
		{Provider: "seven", Took: time.Second, Before: -1},
		{Provider: "seven", Took: 3 * time.Millisecond, Before: time.Millisecond},
		{Provider: "stripe", Took: 3 * time.Millisecond, Before: time.Millisecond},
	}
	for limit, want := range map[int][]store.Answer{10: all, 2: all[:2]} {
		got, err := db.Answers(t.Context(), stretch(), limit)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("answers, at most %d (-want +got):\n%s", limit, diff)
		}
	}
}

func TestSpace(t *testing.T) {
	db := storetest.Open(t)
	empty, err := db.Space(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if empty.File == 0 || empty.Used == 0 || !empty.Oldest.IsZero() {
		t.Errorf("empty: %+v", empty)
	}
	addCame(t, db, came{2, "", store.Valid, 200}, came{1, "", store.Valid, 200})
	full, err := db.Space(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if full.File <= empty.File || !full.Oldest.Equal(stretch().Add(time.Minute)) {
		t.Errorf("two captures: %+v, after %+v", full, empty)
	}
}
