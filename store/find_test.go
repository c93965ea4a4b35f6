package store_test

import (
	"errors"
	"testing"

	"devhook/store"
	"devhook/store/storetest"
)

func TestResolveDelivery(t *testing.T) {
	db := storetest.Open(t)
	c := storetest.Capture(1)
	if err := db.Add(t.Context(), c, nil); err != nil {
		t.Fatal(err)
	}
	d := &store.Delivery{ID: "01JDDDDDDDDDDDDDDDDDDDDAB1", CaptureID: c.ID, Kind: store.Replay}
	if err := db.AddDelivery(t.Context(), d, nil, false); err != nil {
		t.Fatal(err)
	}
	for ref, want := range map[string]error{
		d.ID: nil, "01jddd": nil, "dab1": nil, "": store.ErrNotFound,
		c.ID: store.ErrNotFound, "latest": store.ErrNotFound, "ZZZ": store.ErrNotFound,
	} {
		if got, err := db.ResolveDelivery(t.Context(), ref); !errors.Is(err, want) || err == nil && got != d.ID {
			t.Errorf("%q: %q, %v; want %q, %v", ref, got, err, d.ID, want)
		}
	}
}
