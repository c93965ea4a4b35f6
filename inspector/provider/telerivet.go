package provider

import "time"

func telerivet() *Provider {
	return &Provider{
		Name:          "telerivet",
		Title:         "Telerivet",
		Doc:           "https://telerivet.com/api/webhook",
		Timeout:       10 * time.Second,
		Ports:         []int{80, 443, 8000, 8080, 8443},
		SecretHeaders: []string{"Authorization"},
		SecretFields:  []string{"secret", "status_secret"},
	}
}
