package hookstest

import (
	"fmt"
	"net/http"
	"slices"
)

func (t *telerivet) listServices(w http.ResponseWriter, r *http.Request) {
	all := []*telerivetService{{ID: "SV0", Name: "Auto-Reply", Kind: "auto_reply", Active: true, Project: r.PathValue("project")}}
	for _, s := range t.services {
		if s.Project == r.PathValue("project") {
			all = append(all, s)
		}
	}
	cursor(t, w, r, all)
}

// addService: without contact_number_filter a service gets no messages of short codes and names.
func (t *telerivet) addService(w http.ResponseWriter, r *http.Request) {
	var wish struct {
		Kind   string   `json:"service_type"`
		Name   string   `json:"name"`
		Active *bool    `json:"active"`
		Phones []string `json:"phone_ids"`
		Types  []string `json:"message_types"`
		Filter string   `json:"contact_number_filter"`
		Apply  string   `json:"apply_mode"`
		Config struct {
			URL    string `json:"url"`
			Secret string `json:"secret"`
		} `json:"config"`
	}
	wrong, param := object(r, &wish), ""
	switch {
	case wrong != "":
	case wish.Kind != "incoming_message_webhook":
		param = "service_type"
	case !address(wish.Config.URL):
		param = "config"
	case !slices.Contains([]string{"", "long_number", "all"}, wish.Filter):
		param = "contact_number_filter"
	}
	if wrong != "" || param != "" {
		telerivetRefuses(w, http.StatusBadRequest, "invalid_param", "Invalid value. "+wrong, param)
		return
	}
	s := &telerivetService{
		ID: fmt.Sprintf("SV%04d", t.next), Name: wish.Name, Kind: wish.Kind, Active: wish.Active == nil || *wish.Active,
		Project: r.PathValue("project"), Filter: wish.Filter, config: telerivetConfig{wish.Config.URL, wish.Config.Secret},
	}
	if s.Filter == "" {
		s.Filter = "long_number"
	}
	t.next++
	t.services = append(t.services, s)
	answer(w, http.StatusOK, s)
}

// withService finds the service that the path names.
func (t *telerivet) withService(next func(http.ResponseWriter, *http.Request, *telerivetService)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		i := slices.IndexFunc(t.services, func(s *telerivetService) bool {
			return s.ID == r.PathValue("id") && s.Project == r.PathValue("project")
		})
		if i < 0 {
			telerivetRefuses(w, http.StatusNotFound, "not_found", "Service not found.", "")
			return
		}
		next(w, r, t.services[i])
	}
}

func (t *telerivet) showService(w http.ResponseWriter, _ *http.Request, s *telerivetService) {
	answer(w, http.StatusOK, s)
}

func (t *telerivet) showConfig(w http.ResponseWriter, _ *http.Request, s *telerivetService) {
	answer(w, http.StatusOK, s.config)
}

func (t *telerivet) changeConfig(w http.ResponseWriter, r *http.Request, s *telerivetService) {
	var wish telerivetWish
	if wrong := object(r, &wish); wrong != "" || wish.Events != nil || wish.URL != nil && !address(*wish.URL) {
		telerivetRefuses(w, http.StatusBadRequest, "invalid_param", "Invalid value. "+wrong, "url")
		return
	}
	if wish.URL != nil {
		s.config.URL = *wish.URL
	}
	if wish.Secret != nil {
		s.config.Secret = *wish.Secret
	}
	answer(w, http.StatusOK, s.config)
}

func (t *telerivet) removeService(w http.ResponseWriter, _ *http.Request, s *telerivetService) {
	t.services = slices.DeleteFunc(t.services, func(one *telerivetService) bool { return one == s })
	answer(w, http.StatusOK, map[string]any{})
}
