package main

import "devhook/cmd/devhook/config"

// routes are those of the settings as they were read last, with what a registration adds.
func (s *site) routes() []config.Route {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.routesNow()
}

// routesNow is routes for who holds the lock.
func (s *site) routesNow() []config.Route {
	from := s.settings()
	if s.reg == nil {
		return from.Routes
	}
	return s.reg.claimed(from.Routes, from.RejectInvalid, from.Hold)
}

// settings are those whose routes are used, for who holds the lock.
func (s *site) settings() *config.Config {
	if s.latest != nil {
		return s.latest
	}
	return s.cfg
}

// routeOf is the route of a sender that is registered with.
func (s *site) routeOf(provider string) *config.Route { return routeOf(s.routes(), provider) }

// setRoutes replaces the routes in use after a change of what they come from. Requests that are being judged keep the old
// ones.
func (s *site) setRoutes(change func()) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
	to, err := routesTo(s.c.known, s.cfg, s.routesNow())
	if err == nil {
		s.in.SetRoutes(to)
		s.in.SetRejectInvalid(s.settings().RejectInvalid)
		s.in.SetHold(heldAnswer(s.settings().Hold))
		if s.pub.outside != nil {
			err = s.pub.tunnel.SetHold(s.c.soundHold(s.settings(), s.routesNow()))
		}
	}
	return err
}

// take uses the routes of settings that were read anew.
func (s *site) take(now *config.Config) error { return s.setRoutes(func() { s.latest = now }) }
