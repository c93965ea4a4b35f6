package hooks

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"devhook/inspector/provider"
)

// Options say whom a Client talks to, and as whom.
type Options struct {
	Provider   *provider.Provider
	Credential string        // see Senders for its form
	Base       string        // base address of the API, "" for the sender's own
	HTTP       *http.Client  // nil: one that reuses no connection and is patient for 30 s
	Follow     time.Duration // how long a state is followed, 0 for 30 s
	Made       func(Hook)    // told of each webhook as soon as it is there, before Add returns; nil: nobody is

	// Now and Sleep are the clock, nil for the system's. Sleep returns the context's error where that ends first.
	Now   func() time.Time
	Sleep func(context.Context, time.Duration) error
}

// A Sender is one whose API is known.
type Sender struct {
	Name       string // the provider's
	Base       string // its own base address
	Credential string // what a credential is, for people: "an API key"
	Events     []string
	Makes      bool // it makes the secrets of its webhooks itself
	Chooses    bool // of all webhooks one alone gets a credential's events: Use says which
	make       func(*api, *Client) error
}

// Senders lists those whose API is known, by name.
func Senders() []Sender {
	return []Sender{ricloudSender(), sevenSender(), telerivetSender(), zipwhipSender()}
}

// ByName finds a sender.
func ByName(name string) (Sender, bool) {
	for _, s := range Senders() {
		if s.Name == name {
			return s, true
		}
	}
	return Sender{}, false
}

// A Client talks to one sender's API. It is for one goroutine at a time.
type Client struct {
	sender Sender
	title  string
	ports  []int
	api    *api
	notes  []string
	follow time.Duration
	made   func(Hook)

	takes []string // what of a new webhook can be wished for, beside its URL, events and secret

	// What the sender can; nil where it can't. instead says for one that is nil what to do.
	list    func(context.Context) ([]Hook, error)
	add     func(context.Context, Wish) ([]Hook, error)
	update  func(ctx context.Context, id string, w Wish) (Hook, error)
	remove  func(ctx context.Context, id string) error
	test    func(ctx context.Context, id string) (Hook, error)
	unmake  func(context.Context, Wish) error // removes by what it was made with
	inUse   func(context.Context) (string, error)
	use     func(ctx context.Context, id string) error
	instead map[string]string
}

// New makes a Client and calls nobody. Its errors are of the options: an unknown sender, an address that is none, a
// credential of another form.
func New(o Options) (*Client, error) {
	s, ok := ByName(o.Provider.Name)
	if !ok {
		return nil, unsupported(o.Provider.Title, "talk to "+o.Provider.Name, "it is not one of those that devhook can talk to")
	}
	if o.Credential == "" {
		return nil, wrongWish("%s wants %s", o.Provider.Title, s.Credential)
	}
	if strings.ContainsFunc(o.Credential, unicode.IsControl) {
		return nil, wrongWish("%s wants %s; what is there has a line break or another control character in it", o.Provider.Title, s.Credential)
	}
	base := o.Base
	if base == "" {
		base = s.Base
	}
	at, err := url.Parse(strings.TrimRight(base, "/"))
	if err != nil || at.Scheme != "http" && at.Scheme != "https" || at.Host == "" || at.User != nil || at.RawQuery != "" || at.Fragment != "" {
		return nil, wrongWish("the base address is not like %s", s.Base)
	}
	c := &Client{sender: s, title: o.Provider.Title, ports: o.Provider.Ports, follow: o.Follow, made: o.Made}
	if c.made == nil {
		c.made = func(Hook) {}
	}
	if c.follow == 0 {
		c.follow = 30 * time.Second
	}
	c.api = newAPI(o, at)
	if err := s.make(c.api, c); err != nil {
		return nil, err
	}
	return c, nil
}

// Notes are what was done otherwise than the sender's document has it, or could not be known; each call clears them.
func (c *Client) Notes() []string {
	notes := slices.Compact(c.notes)
	c.notes = nil
	return notes
}

func (c *Client) note(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(c.notes, text) {
		c.notes = append(c.notes, text)
	}
}

// List gives all webhooks that the credential can see.
func (c *Client) List(ctx context.Context) ([]Hook, error) { return c.list(ctx) }

// Add makes what a wish asks for: one webhook for each event where the sender has it so. After a failure in between the
// error is a *Partial.
func (c *Client) Add(ctx context.Context, w Wish) ([]Hook, error) {
	if w.URL == "" {
		return nil, wrongWish("a webhook wants a URL")
	}
	if err := whole(w.URL); err != nil {
		return nil, err
	}
	if w.State != "" {
		return nil, wrongWish("a webhook's state can only be changed")
	}
	if err := c.events(w.Events, true); err != nil {
		return nil, err
	}
	for _, part := range []Field{{"method", w.Method}, {"filter", w.Filter}, {"project", w.Within}} {
		if part.Value != "" && !slices.Contains(c.takes, part.Name) {
			return nil, wrongWish("%s takes no %s for a webhook", c.title, part.Name)
		}
	}
	c.reachable(w.URL)
	return c.add(ctx, w)
}

// Update changes a webhook in what the wish names.
func (c *Client) Update(ctx context.Context, id string, w Wish) (Hook, error) {
	if c.update == nil {
		return Hook{}, unsupported(c.title, "update a webhook", c.instead["update"])
	}
	if err := errors.Join(named(id), c.events(w.Events, false)); err != nil {
		return Hook{}, err
	}
	if w.URL != "" {
		if err := whole(w.URL); err != nil {
			return Hook{}, err
		}
		c.reachable(w.URL)
	}
	return c.update(ctx, id, w)
}

// Remove takes a webhook away, or does what comes closest; a note says what that was.
func (c *Client) Remove(ctx context.Context, id string) error {
	if err := named(id); err != nil {
		return err
	}
	err := c.remove(ctx, id)
	refused, ok := errors.AsType[*Error](err)
	if !ok || refused.Tries < 2 || refused.Cause != nil {
		return err
	}
	// It was tried more than once and the last try was refused: an earlier one may have done it.
	now, listErr := c.list(ctx)
	if listErr != nil || slices.ContainsFunc(now, func(h Hook) bool { return h.ID == id }) {
		return err
	}
	c.note("the answer was lost, but %s lists the webhook no more", c.title)
	return nil
}

// RemoveSame takes the webhooks away that were made with the same wish, where the sender finds them so.
func (c *Client) RemoveSame(ctx context.Context, w Wish) error {
	if c.unmake == nil {
		return unsupported(c.title, "remove a webhook by its URL", "name its ID")
	}
	if err := c.events(w.Events, true); err != nil {
		return err
	}
	return c.unmake(ctx, w)
}

// Test has the sender send a test event, and gives the webhook as it is afterwards.
func (c *Client) Test(ctx context.Context, id string) (Hook, error) {
	if c.test == nil {
		return Hook{}, unsupported(c.title, "test a webhook", c.instead["test"])
	}
	if err := named(id); err != nil {
		return Hook{}, err
	}
	return c.test(ctx, id)
}

// InUse says which webhook gets the events of the credential; "" where it names none, so that the sender's default does.
func (c *Client) InUse(ctx context.Context) (id string, err error) {
	if c.inUse == nil {
		return "", unsupported(c.title, "choose a webhook", "all of them get events")
	}
	return c.inUse(ctx)
}

// Use has a webhook get the events of the credential in place of another; "" leaves the choice to the sender's default.
func (c *Client) Use(ctx context.Context, id string) error {
	if c.use == nil {
		return unsupported(c.title, "choose a webhook", "all of them get events")
	}
	if id != "" {
		if err := named(id); err != nil {
			return err
		}
	}
	return c.use(ctx, id)
}

// named refuses what would make another path of a call's.
func named(id string) error {
	for part := range strings.SplitSeq(id, "/") {
		if part = strings.TrimSpace(part); part == "" || part == "." || part == ".." {
			return wrongWish("%q is no ID of a webhook", id)
		}
	}
	return nil
}

// whole refuses an address that no sender could call.
func whole(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return wrongWish("a webhook wants a whole URL, as https://shop.example.com/hooks")
	}
	return nil
}

// events checks the names of events; a new webhook wants one where the sender has any.
func (c *Client) events(names []string, needed bool) error {
	known := c.sender.Events
	if len(known) == 0 && len(names) > 0 {
		return wrongWish("%s has no choice of events, a webhook gets all", c.title)
	}
	if len(known) > 0 && len(names) == 0 && needed {
		return wrongWish("a webhook of %s wants an event: %s", c.title, strings.Join(known, ", "))
	}
	for i, name := range names {
		if !slices.Contains(known, name) {
			return wrongWish("%s has no event %q; it has %s", c.title, name, strings.Join(known, ", "))
		}
		if slices.Contains(names[:i], name) {
			return wrongWish("the event %s is named twice", name)
		}
	}
	return nil
}

// reachable notes what speaks against an address.
func (c *Client) reachable(address string) {
	u, err := url.Parse(address)
	if err != nil || len(c.ports) == 0 {
		return
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	if !slices.ContainsFunc(c.ports, func(p int) bool { return fmt.Sprint(p) == port }) {
		c.note("%s calls only the ports %s", c.title, strings.Trim(fmt.Sprint(c.ports), "[]"))
	}
}

// create makes one webhook, and makes it once: where it is not sure whether the sender took the call, the list is read
// before the next try. before is the list as it was.
func (c *Client) create(ctx context.Context, before []Hook, url, event string, do func(context.Context) (Hook, error)) (Hook, error) {
	for try := 1; ; try++ {
		made, err := do(ctx)
		if err == nil && (made.ID == "" || strings.HasSuffix(made.ID, "/")) {
			err = &Error{Do: "add the webhook", Title: c.title, Status: http.StatusOK, Words: "success, without an ID", Tries: try, Unsure: true, Foreign: true}
		}
		if err == nil {
			c.made(made)
			return made, nil
		}
		lost, ok := errors.AsType[*Error](err)
		if !ok || !lost.Unsure {
			return made, err
		}
		now, listErr := c.list(ctx)
		if listErr != nil {
			c.note("whether the webhook was made all the same is not known: the list could not be read")
			return Hook{}, err
		}
		for _, h := range now {
			if h.same(url, event) && !slices.ContainsFunc(before, func(b Hook) bool { return b.ID == h.ID }) {
				c.note("the answer was lost, but %s lists the webhook as %s", c.title, h.ID)
				c.made(h)
				return h, nil
			}
		}
		if try == tries {
			lost.Tries = try
			return Hook{}, err
		}
		if err := c.api.sleep(ctx, pause(try)); err != nil {
			return Hook{}, err
		}
	}
}
