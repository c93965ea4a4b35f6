package inspector_test

import (
	"errors"
	"slices"
	"testing"

	"devhook/inspector"
	"devhook/inspector/provider"
	"devhook/store"
)

// TestSigning tells beforehand what a signed replay sets, sends nothing, and says the same as the replay does.
func TestSigning(t *testing.T) {
	r := newRig(t, withTelerivet("right-secret"))
	r.send(telerivet("wrong-secret"))
	c := r.only()
	s, err := r.in.Signing(t.Context(), c.ID)
	if err != nil {
		t.Fatal(err)
	}
	if s.By.Name != "telerivet" || s.Secret == "" || len(s.Sets) == 0 || s.Seals || s.URL != c.PublicURL {
		t.Errorf("told %+v", s)
	}
	if n := len(r.app.got()); n != 1 || len(r.deliveries(c.ID)) != 1 {
		t.Errorf("the app got %d requests, want the live one alone", n)
	}
	d, err := r.in.Replay(t.Context(), c.ID, inspector.Edit{Resign: true})
	if err != nil || !slices.Equal(d.Resigned, s.Sets) {
		t.Errorf("the replay set %v (%v), told were %v", d.Resigned, err, s.Sets)
	}
}

func TestSigningThatCannotBe(t *testing.T) {
	r := newRig(t)
	r.send("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi")
	s, err := r.in.Signing(t.Context(), r.only().ID)
	if !errors.Is(err, inspector.ErrNoSecret) || s.By != nil || s.Seals {
		t.Errorf("of an unknown sender: %+v, %v", s, err)
	}
	if _, err := r.in.Signing(t.Context(), "01JDB7Q4M8T0Z5X2C9R1W6K3VN"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("of what is not there: %v", err)
	}
	stripe, _ := provider.All().ByName("stripe")
	r = newRig(t, func(c *inspector.Config) { c.Routes = []inspector.Route{{Provider: stripe}} })
	r.send("POST /a HTTP/1.1\r\nHost: h\r\nStripe-Signature: t=1,v1=00\r\nContent-Length: 2\r\n\r\n{}")
	s, err = r.in.Signing(t.Context(), r.only().ID)
	if !errors.Is(err, inspector.ErrNoSecret) || s.By == nil || s.By.Name != "stripe" || !s.Seals {
		t.Errorf("without a secret: %+v, %v", s, err)
	}
}
