package hooks_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"devhook/inspector/hooks"
	"devhook/inspector/hooks/hookstest"
	"devhook/inspector/provider"
)

// credential is PHONE:PASSWORD for Zipwhip, and a key with odd letters for the others.
const credential = "k3y-That-Nobody:may+see"

func credentialOf(sender string) string {
	if sender == "telerivet" {
		return key // the name of a user can have no colon
	}
	return credential
}

const key = "k3y-That-Nobody/may+see"

// rig is a client of a fake, with a clock that only its sleeps move.
type rig struct {
	*hooks.Client
	fake  *hookstest.Fake
	mu    sync.Mutex
	slept []time.Duration
	now   time.Time
}

func newRig(t *testing.T, sender string, fake *hookstest.Fake) *rig {
	t.Helper()
	server := httptest.NewServer(fake)
	t.Cleanup(server.Close)
	r := &rig{fake: fake, now: time.Date(2026, 11, 21, 22, 10, 3, 0, time.UTC)}
	base := server.URL
	if sender == "telerivet" {
		base += "/v1"
	}
	r.Client = r.client(t, sender, base)
	return r
}

func (r *rig) client(t *testing.T, sender, base string) *hooks.Client {
	t.Helper()
	p, ok := provider.All().ByName(sender)
	if !ok {
		t.Fatalf("no provider %s", sender)
	}
	c, err := hooks.New(hooks.Options{
		Provider: p, Credential: credentialOf(sender), Base: base, Now: func() time.Time { return r.now }, Sleep: r.sleep,
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// sleep takes a moment all the same, so that what the fake does by itself gets its turn.
func (r *rig) sleep(ctx context.Context, d time.Duration) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.slept = append(r.slept, d)
	r.now = r.now.Add(d)
	time.Sleep(10 * time.Millisecond)
	return ctx.Err()
}

func fakeOf(sender string) *hookstest.Fake {
	switch sender {
	case "seven":
		return hookstest.Seven(credential)
	case "zipwhip":
		return hookstest.Zipwhip("k3y-That-Nobody", "may+see")
	case "ricloud":
		return hookstest.Ricloud(credential, "GET")
	}
	return hookstest.Telerivet(key, 2, "PJ1")
}

// receiver is where webhooks go: it answers every request with a status.
func receiver(t *testing.T, status int) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
	t.Cleanup(server.Close)
	return server.URL
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func newClient(sender, secret, base string) error {
	p, _ := provider.All().ByName(sender)
	_, err := hooks.New(hooks.Options{Provider: p, Credential: secret, Base: base})
	return err
}
