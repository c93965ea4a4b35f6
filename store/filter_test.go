package store_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"devhook/store"
	"devhook/store/storetest"
)

// zoo fills a store with captures that differ; the keys are their notes.
func zoo(t *testing.T) *store.DB {
	db := storetest.Open(t)
	add := func(note string, edit func(*store.Capture), body string, outcomes ...store.Delivery) {
		c := storetest.Capture(1)
		c.Note, c.Target, c.Event, c.EventID = note, "/"+note, "event", ""
		c.Head = []byte("POST /" + note + " HTTP/1.1\r\n\r\n")
		c.Delivering = false
		edit(c)
		if err := db.Add(t.Context(), c, []byte(body)); err != nil {
			t.Fatal(err)
		}
		for _, d := range outcomes {
			d.CaptureID, d.Kind = c.ID, store.Replay
			delivered(t, db, &d)
		}
	}
	same := func(*store.Capture) {}
	add("good", same, "100% sure", store.Delivery{Status: 200, Accepted: true})
	add("missing", func(c *store.Capture) { c.Method = "PUT" }, "under_score", store.Delivery{Status: 404})
	add("teapot", func(c *store.Capture) { c.Provider = "stripe" }, `back\slash`, store.Delivery{Status: 418, Edited: true})
	add("down", func(c *store.Capture) { c.Verdict = store.Invalid }, "wärme", store.Delivery{Error: "connection refused"})
	add("lost", func(c *store.Capture) { c.Target = "/a/b%_c?x" }, "\x00nul", store.Delivery{Error: store.OutcomeUnknown})
	add("alone", func(c *store.Capture) { c.Delivering = true }, "ABC")
	add("refused", func(c *store.Capture) { c.State = store.Refused; c.ReceivedAt = c.ReceivedAt.Add(time.Hour) }, "")
	return db
}

func TestFilter(t *testing.T) {
	db := zoo(t)
	base := storetest.Capture(1).ReceivedAt
	cases := map[string]struct {
		f    store.Filter
		want string
	}{
		"all":             {store.Filter{}, "refused alone lost down teapot missing good"},
		"oldest first":    {store.Filter{OldestFirst: true}, "good missing teapot down lost alone refused"},
		"limit":           {store.Filter{Limit: 2}, "refused alone"},
		"failed":          {store.Filter{Failed: true}, "alone lost down teapot missing"},
		"resendable":      {store.Filter{Resendable: true, OldestFirst: true}, "missing teapot down"},
		"unknown too":     {store.Filter{Resendable: true, IncludeUnknown: true}, "lost down teapot missing"},
		"provider":        {store.Filter{Provider: "stripe"}, "teapot"},
		"verdict":         {store.Filter{Verdict: store.Invalid}, "down"},
		"method":          {store.Filter{Method: "put"}, "missing"},
		"status":          {store.Filter{Status: "404"}, "missing"},
		"class":           {store.Filter{Status: "4xx"}, "teapot missing"},
		"class, capital":  {store.Filter{Status: "2XX"}, "good"},
		"no answer":       {store.Filter{Status: "none"}, "refused alone lost down"},
		"since":           {store.Filter{Since: base.Add(time.Minute)}, "refused"},
		"since, exactly":  {store.Filter{Since: base.Add(time.Hour)}, "refused"},
		"path":            {store.Filter{PathPrefix: "/te"}, "teapot"},
		"path, wildcard":  {store.Filter{PathPrefix: "/a/b%_"}, "lost"},
		"path, wildcards": {store.Filter{PathPrefix: "%"}, ""},
		"path, case":      {store.Filter{PathPrefix: "/TE"}, ""},
		"path, last byte": {store.Filter{PathPrefix: "\xff\xff"}, ""},
		"search percent":  {store.Filter{Search: "100%"}, "good"},
		"search wildcard": {store.Filter{Search: "1%s"}, ""},
		"search score":    {store.Filter{Search: "r_s"}, "missing"},
		"search one char": {store.Filter{Search: "k_s"}, ""},
		"search slash":    {store.Filter{Search: `k\S`}, "teapot"},
		"search quote":    {store.Filter{Search: `'"); --`}, ""},
		"search case":     {store.Filter{Search: "abc"}, "alone"},
		"search umlaut":   {store.Filter{Search: "wärme"}, "down"},
		"search head":     {store.Filter{Search: "POST /alone"}, "alone"},
		"search target":   {store.Filter{Search: "/b%_c?"}, "lost"},
		"search note":     {store.Filter{Search: "teapo"}, "teapot"},
		"two words":       {store.Filter{Search: "post wärme"}, "down"},
		"a phrase":        {store.Filter{Search: `"POST /alone"`}, "alone"},
		"no such phrase":  {store.Filter{Search: `"alone POST"`}, ""},
		"not a word":      {store.Filter{Search: "-http/1.1 -nothing"}, ""},
		"two statuses":    {store.Filter{Search: "status:404,418"}, "teapot missing"},
		"no status":       {store.Filter{Search: "-status:4xx,none"}, "good"},
		"is failed":       {store.Filter{Search: "is:failed"}, "alone lost down teapot missing"},
		"is not failed":   {store.Filter{Search: "-is:failed"}, "refused good"},
		"is delivered":    {store.Filter{Search: "is:delivered"}, "good"},
		"is unknown":      {store.Filter{Search: "is:unknown"}, "lost"},
		"is one of two":   {store.Filter{Search: "is:refused,delivering"}, "refused alone"},
		"is replayed":     {store.Filter{Search: "is:replayed"}, "lost down teapot missing good"},
		"is edited":       {store.Filter{Search: "is:edited"}, "teapot"},
		"is noted":        {store.Filter{Search: "-is:noted"}, ""},
		"by sender":       {store.Filter{Search: "provider:Stripe"}, "teapot"},
		"by event":        {store.Filter{Search: "event:even -event:x*"}, ""},
		"by any event":    {store.Filter{Search: "event:e*t"}, "refused alone lost down teapot missing good"},
		"by event, [":     {store.Filter{Search: "event:[e]vent,?vent"}, ""},
		"by host":         {store.Filter{Search: "host:127.0.0.1 method:put"}, "missing"},
		"by part of host": {store.Filter{Search: "host:127.*:8080 -host:127_0.0.1 note:down"}, "down"},
		"by path":         {store.Filter{Search: "path:/te,/do"}, "down teapot"},
		"by body":         {store.Filter{Search: "body:abc,100%"}, "alone good"},
		"by head":         {store.Filter{Search: "head:post,sure head:/l"}, "lost"},
		"by time":         {store.Filter{Search: "since:2026-11-21T22:30:00Z until:2026-11-22"}, "refused"},
		"together":        {store.Filter{Failed: true, Status: "4xx", Search: "slash"}, "teapot"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			all, err := db.List(t.Context(), c.f)
			if d := cmp.Diff(strings.Fields(c.want), notes(all)); d != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, d)
			}
			c.f.Limit = 0
			n, err := db.Count(t.Context(), c.f)
			if c.want = strings.TrimSpace(c.want); name != "limit" && (n != len(strings.Fields(c.want)) || err != nil) {
				t.Errorf("count %d, %v", n, err)
			}
		})
	}
}

func notes(all []*store.Capture) []string {
	names := []string{}
	for _, c := range all {
		names = append(names, c.Note)
	}
	return names
}

func TestFilterRefuses(t *testing.T) {
	db := storetest.Open(t)
	for _, f := range []store.Filter{
		{Status: "abc"},
		{Status: "99"},
		{Status: "1000"},
		{Status: "xx"},
		{Status: "0xx"},
		{Status: "-404"},
		{Search: strings.Repeat("x", 1001)},
		{Search: "a\x00b"},
		{Search: "status:maybe"},
		{Terms: []store.Term{{Key: "colour", Values: []string{"red"}}}},
		{Terms: []store.Term{{Key: "is"}}},
		{Terms: []store.Term{{Key: "since", Values: []string{""}}}},
	} {
		if _, err := db.List(t.Context(), f); err == nil {
			t.Errorf("%+v: no error", f)
		}
		if _, err := db.Count(t.Context(), f); err == nil {
			t.Errorf("%+v: count: no error", f)
		}
	}
}
