package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"devhook/cmd/devhook/config"
	"devhook/inspector/hooks"
	"devhook/inspector/provider"
)

// registration is the public address at a sender, for as long as up runs. What is made there is written down in a mark
// before and after: whatever ends this process, the next start finds it. No document of these senders says that adding a
// webhook replaces another or is refused beside it, and Telerivet's guide has several services at once: what was there
// before stays untouched. Only ricloud sends a key's events to one webhook alone, and there the one before is put back.
type registration struct {
	mu     sync.Mutex // a client is for one at a time
	p      *provider.Provider
	sender hooks.Sender
	client *hooks.Client
	mark   *mark
	unsure bool // whether the sender still works on what it was asked

	secrets []config.Secret // that came with what was made, the latest first; guarded by the site's mu
	chosen  []config.Secret // ours, where the settings have none
}

// claimed are routes as they are while the registration lasts: with one for its sender, and the secrets that came of it.
func (r *registration) claimed(all []config.Route, reject bool, hold *config.Hold) []config.Route {
	all = slices.Clone(all)
	n := slices.IndexFunc(all, func(one config.Route) bool { return one.Provider == r.p.Name })
	if n < 0 {
		n, all = len(all), append(all, config.Route{Path: "/", Provider: r.p.Name, RejectInvalid: reject, Hold: hold})
	}
	if len(all[n].Secrets) == 0 {
		all[n].Secrets = r.chosen
	}
	all[n].Secrets = slices.Concat(r.secrets, all[n].Secrets)
	return all
}

// openRegistration checks what is needed to register, and calls nobody yet. A secret that is ours to choose is chosen now,
// so that it is checked from the first request on.
func (s *site) openRegistration() error {
	to := s.cfg.Register
	if to == nil {
		return nil
	}
	p, _ := s.c.known.ByName(to.Provider) // config has checked the name
	sender, _ := hooks.ByName(to.Provider)
	r := &registration{p: p, sender: sender}
	var err error
	r.client, err = hooks.New(hooks.Options{Provider: p, Credential: to.Credential.Value, Base: to.API, Made: s.registered})
	if err != nil {
		return hooksFault(p, err)
	}
	if s.pub.private(s.cfg) && !config.Loopback(cmp.Or(to.API, sender.Base)) {
		return failed(nil, "--relay lets the internet reach it; --public-url names an address that leads here", "not registered: only this machine reaches %s, %s does not", s.publicURL(), p.Title)
	}
	s.c.unencrypted(to.API)
	s.reg = r
	form, ours := chosenSecrets[p.Name]
	if ours && len(s.routeOf(p.Name).Secrets) == 0 {
		return s.chooseSecret(form)
	}
	return nil
}

// chosenSecrets are the secrets that are ours to choose, as the sender takes them: Telerivet's own, and for seven.io a
// header line, the only proof where it is not known which key the account signs with.
var chosenSecrets = map[string]string{"telerivet": "%s", "seven": "Authorization: Bearer %s"}

// chooseSecret takes the secret of an earlier registration, so that what the sender tries again still fits, or makes one.
func (s *site) chooseSecret(form string) error {
	name := s.reg.p.Name
	hint := "name one: --verify " + name + "=env:NAME"
	dir, err := s.c.stateFolder(secretsFolder)
	if err != nil {
		return failed(err, hint, "no secret can be kept: %s", reason(err))
	}
	path := filepath.Join(dir, name+"-up")
	text, err := os.ReadFile(path)
	secret := strings.TrimSpace(string(text))
	if err != nil || secret == "" {
		secret = fmt.Sprintf(form, rand.Text())
		if path, err = s.c.keepSecret(name+"-up", secret); err != nil {
			return failed(err, hint, "no secret can be kept: %s", reason(err))
		}
	}
	s.reg.chosen = []config.Secret{{Ref: "file:" + path, Value: secret}}
	return nil
}

// wish is what the sender is asked for: all events that it documents, to the path that is its own here.
func (s *site) wish() hooks.Wish {
	route := s.routeOf(s.reg.p.Name)
	w := hooks.Wish{
		URL: s.publicURL() + strings.TrimSuffix(route.Path, "/"), Events: slices.Clone(s.reg.sender.Events), Within: s.cfg.Register.Project,
	}
	switch s.reg.p.Name {
	case "seven":
		w.Events = []string{"all"}
		for _, one := range slices.Backward(route.Secrets) {
			if strings.Contains(one.Value, ": ") {
				w.Secret = one.Value // header lines; the others are keys, which the account has
			}
		}
	case "zipwhip":
		w.Events = slices.DeleteFunc(w.Events, func(e string) bool { return e == "optout" }) // not in its guide
	case "telerivet":
		if len(route.Secrets) > 0 {
			w.Secret = route.Secrets[0].Value
		}
	}
	return w
}

// register tells the sender of the public address, after what an earlier run left there is gone.
func (s *site) register(ctx context.Context) error {
	s.tellLeft()
	if s.reg == nil {
		return nil
	}
	r := s.reg
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := s.removeLeft(ctx); err != nil {
		return err
	}
	all, err := r.client.List(ctx)
	if err != nil {
		return s.unregistrable(err)
	}
	w := s.wish()
	if r.mark, err = s.c.newMark(s.me.ID, s.cfg.Register, w.URL, all); err != nil {
		return failed(err, "check the permissions of devhook's folder", "what is registered can't be written down: %s", reason(err))
	}
	made, err := r.client.Add(ctx, w)
	for _, note := range r.client.Notes() {
		s.note(quote(note))
	}
	if err != nil {
		lost, ok := errors.AsType[*hooks.Error](err)
		r.unsure = ok && lost.Unsure || errors.Is(err, context.Canceled)
		return s.unregistrable(err)
	}
	r.mark.whole()
	if r.sender.Makes {
		s.recheck(ctx) // its test event may have been quicker than its secret
	}
	s.tellRegistered(made)
	return s.sendHere(ctx, made)
}

// sendHere has events sent to what was made, at a sender where that has to be said. That it can't is told.
func (s *site) sendHere(ctx context.Context, made []hooks.Hook) error {
	for _, h := range made {
		err := s.useMade(ctx, h)
		if errors.Is(err, context.Canceled) {
			return err
		}
		if err != nil {
			s.warn("the events of this key go where they went: "+quote(explained(hooksFault(s.reg.p, err)).text),
				"say on "+s.reg.p.Title+"'s own pages that they are to go to "+quote(h.ID))
		}
	}
	return nil
}

// unregistrable says why the sender was not told.
func (s *site) unregistrable(err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	if half, ok := errors.AsType[*hooks.Partial](err); ok {
		err = half.Err // what was made is taken away at the end
	}
	f := explained(hooksFault(s.reg.p, err))
	f.text = "not registered: " + f.text
	if f.code == 2 {
		f.hint = "see devhook up --help"
	}
	if f.code == 1 && f.hint == "" {
		f.hint = "leave --register out and say where to send on the sender's own pages"
	}
	return f
}

// registered notes one webhook as soon as it is there, and takes the secret that came with it. It runs within Add.
func (s *site) registered(h hooks.Hook) {
	if err := s.reg.mark.made(h.ID); err != nil {
		s.warn("what is registered can't be written down: "+reason(err), "after a crash, devhook hooks "+s.reg.p.Name+" rm "+quote(h.ID)+" takes it away")
	}
	if !s.reg.sender.Makes || h.Secret == "" {
		return
	}
	ref := s.reg.p.Name + "'s secret"
	if path, err := s.c.keepSecret(s.reg.p.Name+"-"+h.ID, h.Secret); err == nil {
		ref = "file:" + path
	} else {
		s.warn("the secret of "+quote(h.ID)+" can't be kept: "+reason(err), "it is used until devhook ends; then copy it from "+s.reg.p.Title+"'s own pages")
	}
	made := config.Secret{Ref: ref, Value: h.Secret}
	if err := s.setRoutes(func() { s.reg.secrets = append([]config.Secret{made}, s.reg.secrets...) }); err != nil {
		s.warn("the secret of "+quote(h.ID)+" can't be used: "+reason(err), "start devhook up again")
	}
}

func (s *site) tellRegistered(made []hooks.Hook) {
	ids := make([]string, len(made))
	for i, h := range made {
		ids[i] = h.ID
		if h.State == "invalid" {
			s.warn(s.reg.p.Title+"'s test event did not get through, so it sends nothing", "see that the address can be called from outside; then devhook hooks "+s.reg.p.Name+" test "+quote(h.ID))
		}
	}
	if s.c.json {
		_ = s.c.term.object(struct {
			Event    string   `json:"event"`
			Provider string   `json:"provider"`
			IDs      []string `json:"ids"`
			URL      string   `json:"url"`
		}{"registered", s.reg.p.Name, ids, s.reg.mark.told.URL})
		return
	}
	s.note("registered with " + s.reg.p.Title + " until devhook ends: " + quote(strings.Join(ids, ", ")))
}

// registerAgain follows an address that changed: the new one is registered before the old one goes.
func (s *site) registerAgain(ctx context.Context) {
	r := s.reg
	if r == nil || r.mark == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	old, w := slices.Clone(r.mark.told.IDs), s.wish()
	made, err := s.registerMore(ctx, w)
	if err != nil {
		if ctx.Err() == nil {
			f := explained(s.unregistrable(err))
			s.warn("the new address is "+quote(f.text), quote(f.hint))
		}
		return
	}
	s.tellRegistered(made)
	for _, id := range old {
		if err := r.take(ctx, id); err != nil && ctx.Err() == nil {
			s.warn("the old address is still registered with "+r.p.Title+": "+quote(id)+": "+unanswered(err), "devhook takes it away when it ends")
		}
	}
}

// registerMore registers another address under the same mark, of which it is not whole in between.
func (s *site) registerMore(ctx context.Context, w hooks.Wish) ([]hooks.Hook, error) {
	r := s.reg
	all, err := r.client.List(ctx)
	if err != nil {
		return nil, err
	}
	if err := r.mark.move(w.URL, all); err != nil {
		return nil, err
	}
	made, err := r.client.Add(ctx, w)
	_ = r.client.Notes() // told at the first address
	if err != nil {
		return nil, err
	}
	r.mark.whole()
	return made, s.sendHere(ctx, made)
}
