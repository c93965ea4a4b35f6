package main

import (
	"errors"

	"devhook/cmd/devhook/config"
	"devhook/inspector/provider"
)

// define makes a provider of a sender that the file defines, and from then on it is known like any other.
func (c *cli) define(s config.Sender) *config.Flaw {
	d := provider.Definition{Name: s.Name, Title: s.Title, Event: s.Event, ID: s.ID, Success: s.Success, Timeout: s.Timeout}
	if s.HMAC != nil {
		h := provider.HMAC(*s.HMAC)
		d.HMAC = &h
	}
	if s.Token != nil {
		t := provider.Token(*s.Token)
		d.Token = &t
	}
	if s.Basic != nil {
		b := provider.Basic(*s.Basic)
		d.Basic = &b
	}
	p, err := provider.Custom(d)
	var f *provider.Flaw
	switch {
	case errors.As(err, &f):
		flaw := config.Flaw(*f)
		return &flaw
	case err != nil:
		return &config.Flaw{Text: reason(err), Hint: "see devhook up --help"}
	}
	c.known = append(c.known, p)
	return nil
}
