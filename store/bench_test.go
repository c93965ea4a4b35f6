package store_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
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
			b.ReportAllocs()
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

// sizeEnv is how many captures the benchmarks of reading have; 100,000 take half
// a minute to record and to index. fileEnv is a database they leave behind and
// find again; without it they make a new one.
const (
	sizeEnv = "DEVHOOK_BENCH_CAPTURES"
	fileEnv = "DEVHOOK_BENCH_DB"
)

// filled is a store of many captures whose texts are indexed.
func filled(b *testing.B) *store.DB {
	b.Helper()
	many, err := strconv.Atoi(cmp.Or(os.Getenv(sizeEnv), "2000"))
	if err != nil {
		b.Fatal(err)
	}
	db := storetest.OpenAt(b, cmp.Or(os.Getenv(fileEnv), filepath.Join(b.TempDir(), "x.db")))
	n, err := db.Count(b.Context(), store.Filter{})
	if err != nil {
		b.Fatal(err)
	}
	if n == 0 {
		fill(b, db, many)
	}
	if err := db.IndexAll(b.Context()); err != nil {
		b.Fatal(err)
	}
	return db
}

// measured runs one read and reports its median and its 95th percentile.
func measured(b *testing.B, read func() error) {
	var took []time.Duration
	for b.Loop() {
		start := time.Now()
		if err := read(); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-ms")
}

// mostCounted is how far the page counts.
const mostCounted = 10_000

func timed(b *testing.B, searches []string) {
	db := filled(b)
	for _, text := range searches {
		f := store.Filter{Search: text, Limit: 50}
		name := cmp.Or(text, "newest")
		b.Run("page/"+name, func(b *testing.B) {
			measured(b, func() error {
				_, err := db.List(b.Context(), f)
				return err
			})
		})
		b.Run("count/"+name, func(b *testing.B) {
			measured(b, func() error {
				_, err := db.CountUpTo(b.Context(), f, mostCounted)
				return err
			})
		})
	}
}

// BenchmarkList reads the newest page of each filter and counts what it chooses.
func BenchmarkList(b *testing.B) {
	timed(b, []string{
		"", "path:/hooks", "path:/hooks/rare", "is:failed", "is:duplicate", "is:pinned", "is:replayed", "is:refused", "is:unknown",
		"-is:delivered", "status:404", "status:5xx", "status:none", "-status:2xx", "verdict:invalid", "provider:github", "-provider:stripe",
		"event:push", "event:payment_intent.*", "method:PUT", "host:shop.example.com", "note:refund", "id:ZZZZZZ", "since:1h", "until:2020-01-01",
		"is:failed provider:github verdict:invalid",
	})
}

// BenchmarkSearch does the same with text: of one capture, of every capture, of
// none, too short for the index, and with a filter.
func BenchmarkSearch(b *testing.B) {
	timed(b, []string{
		"order_0000777", "object", "nowhere", "zq", "-object", `"customer: order_0000777"`, "body:order_00007", "head:x-rare",
		"is:failed object", "verdict:invalid order_00", "order_0000777 -object",
	})
}

// BenchmarkIndex puts captures of a kilobyte into the index of texts.
func BenchmarkIndex(b *testing.B) {
	db := storetest.Open(b)
	fill(b, db, 500)
	b.ResetTimer()
	for b.Loop() {
		if err := db.IndexAgain(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(500*float64(b.N)/b.Elapsed().Seconds(), "captures/s")
}

// various is one of many captures with a body of a kilobyte. Of a hundred, ten
// failed, one got a 404, one is not what its sender signed; one in a thousand has
// a rare path, sender and header.
func various(n int) (*store.Capture, []byte, *store.Delivery) {
	c := storetest.Capture(n)
	r := rand.New(rand.NewPCG(uint64(n), 1))
	c.ReceivedAt = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(n) * time.Second)
	c.Provider, c.Event, c.EventID = "stripe", fmt.Sprintf("payment_intent.%d", n%7), fmt.Sprintf("evt_%016x", r.Uint64())
	c.DedupeKey, c.Target = fmt.Sprint("stripe:", n-n%2), fmt.Sprintf("/hooks/pay/%d?n=%d", n%20, n)
	rare := ""
	if n%1000 == 777 {
		c.Provider, c.Event, c.Target, c.Method, rare = "github", "push", fmt.Sprint("/hooks/rare?n=", n), "PUT", "X-Rare: yes\r\n"
	}
	if n%100 == 13 {
		c.Verdict = store.Invalid
	}
	c.Head = fmt.Appendf(nil, "%s %s HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nUser-Agent: Stripe/1.0\r\nContent-Type: application/json\r\n"+
		"Stripe-Signature: t=%d,v1=%016x%016x%016x%016x\r\n%sContent-Length: 1024\r\n\r\n",
		c.Method, c.Target, 1700000000+n, r.Uint64(), r.Uint64(), r.Uint64(), r.Uint64(), rare)
	body := fmt.Appendf(nil, `{"id":%q,"object":"event","order":"order_%07d","data":{`, c.EventID, n)
	for i := 0; len(body) < 1000; i++ {
		body = fmt.Appendf(body, `"%s_%d":"%s_%08x",`, fields[r.IntN(len(fields))], i, fields[r.IntN(len(fields))], r.Uint32())
	}
	d := storetest.Delivery(c.ID)
	d.At = c.ReceivedAt
	switch n % 100 {
	case 1, 11, 21, 31, 41, 51, 61, 71, 81:
		d.Status, d.Accepted = 500, false
	case 91:
		d.Status, d.Accepted = 404, false
	}
	return c, append(body, "}}"...), d
}

var fields = strings.Fields("amount currency customer description invoice livemode metadata payment_method receipt_email shipping status " +
	"subscription transfer balance charge created dispute account address city country line1 postal_code state phone quantity price product")

func fill(b *testing.B, db *store.DB, n int) {
	b.Helper()
	var wg sync.WaitGroup
	const callers = 256
	for caller := range callers {
		wg.Go(func() {
			for i := caller; i < n; i += callers {
				c, body, d := various(i)
				if err := db.Add(b.Context(), c, body); err != nil {
					b.Error(err)
					return
				}
				d.CaptureID = c.ID
				if err := db.AddDelivery(b.Context(), d, storetest.Answer(), false); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}
