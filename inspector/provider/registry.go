package provider

import (
	"fmt"
	"slices"
	"strings"
)

// A List is some of the senders. Whoever asks often keeps the one that All made.
type List []*Provider

// All lists the known senders by name. The slice and what it points to are the caller's own.
func All() List {
	all := List{telerivet(), seven(), zipwhip(), ricloud()}
	for _, r := range slices.Concat(rows(), rowsOfHandshakes()) {
		all = append(all, r.provider())
	}
	greetings := challenges()
	for _, p := range all {
		p.greetings = greetings[p.Name]
	}
	slices.SortFunc(all, func(a, b *Provider) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// ByName finds a sender by its name in flags and files.
func ByName(name string) (*Provider, bool) { return All().ByName(name) }

// ByName finds a sender of the list by its name in flags and files.
func (l List) ByName(name string) (*Provider, bool) {
	for _, p := range l {
		if p.Name == name {
			return p, true
		}
	}
	return nil, false
}

// Recognise finds out who sent a request. It is never nil: a request nobody recognises is from Unknown, whose Name is empty.
func (l List) Recognise(q *Request) *Provider {
	once := *orEmpty(q) // many look into the body: it is parsed for all of them
	once.shared = &reading{q: &once}
	for _, p := range l {
		if p.Knows(&once) {
			return p
		}
	}
	return Unknown()
}

// Unknown is the sender of whom nothing is known: never checked, and any 2xx answer is taken as success.
func Unknown() *Provider {
	return &Provider{
		Title: "unknown sender",
		Verify: func(*Request, []Secret) Result {
			return Result{Verdict: Unchecked, Reason: "no provider set for this path"}
		},
		Judge: judge2xx,
	}
}

func judge2xx(_ *Request, a Answer) Judgement {
	switch {
	case a.Err != "":
		return Judgement{Text: "nothing answered"}
	case a.Status < 200 || a.Status > 299:
		return Judgement{Text: fmt.Sprintf("answered %d, wants 2xx", a.Status)}
	}
	return Judgement{Accepted: true}
}
