package store_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"devhook/store"
	"devhook/store/storetest"
)

// BenchmarkWebhook is what one webhook costs: a committed capture and a
// durable delivery, by so many callers at once.
func BenchmarkWebhook(b *testing.B) {
	for _, callers := range []int{1, 16, 64} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			db := storetest.Open(b)
			if err := db.Register(b.Context(), store.Instance{}); err != nil {
				b.Fatal(err)
			}
			var wg sync.WaitGroup
			b.ResetTimer()
			for caller := range callers {
				wg.Go(func() {
					for n := caller; n < b.N; n += callers {
						if err := webhook(b, db, n); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			wg.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "webhooks/s")
		})
	}
}

func webhook(tb testing.TB, db *store.DB, n int) error {
	c := storetest.Capture(n)
	if err := db.Add(tb.Context(), c, storetest.Body(n)); err != nil {
		return err
	}
	return db.AddDelivery(tb.Context(), storetest.Delivery(c.ID), storetest.Answer(), true)
}

// BenchmarkRead reads from 100,000 captures, one in ten of which failed.
func BenchmarkRead(b *testing.B) {
	db := storetest.Open(b)
	fill(b, db, 100_000)
	for name, f := range map[string]store.Filter{
		"newest50":     {Limit: 50},
		"failed50":     {Failed: true, Limit: 50},
		"status404":    {Status: "404", Limit: 50},
		"verdict":      {Verdict: store.Invalid, Limit: 50},
		"searchRare":   {Search: "SM000077&", Limit: 50},
		"searchCommon": {Search: "lorem", Limit: 50},
		"since":        {Since: time.Now(), Limit: 50},
	} {
		b.Run("list/"+name, func(b *testing.B) {
			for b.Loop() {
				if _, err := db.List(b.Context(), f); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("count/"+name, func(b *testing.B) {
			for b.Loop() {
				if _, err := db.Count(b.Context(), f); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("resolve", func(b *testing.B) {
		for b.Loop() {
			if _, err := db.Resolve(b.Context(), "ZZZZZZ"); err == nil {
				b.Fatal("found")
			}
		}
	})
}

func fill(b *testing.B, db *store.DB, n int) {
	var wg sync.WaitGroup
	const callers = 256
	for caller := range callers {
		wg.Go(func() {
			for i := caller; i < n; i += callers {
				c := storetest.Capture(i)
				c.DedupeKey = fmt.Sprint("telerivet:", i-i%2)
				if err := db.Add(b.Context(), c, storetest.Body(i)); err != nil {
					b.Error(err)
					return
				}
				d := storetest.Delivery(c.ID)
				if i%10 == 0 {
					d.Status, d.Accepted = 500, false
				}
				if err := db.AddDelivery(b.Context(), d, storetest.Answer(), false); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}
