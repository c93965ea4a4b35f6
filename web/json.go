package web

import (
	"context"

	"devhook/inspector/export"
	"devhook/store"
)

// CaptureJSON is the capture object of the API, of events and of the CLI's --json.
func CaptureJSON(c *store.Capture) any { return nil }

// CaptureFull is one capture in full: the capture object with its head, headers, body and deliveries. Credentials are
// masked by m unless reveal is set.
func CaptureFull(ctx context.Context, db *store.DB, c *store.Capture, m *export.Mask, reveal bool) (any, error) {
	return nil, nil
}

// DeliveryJSON is the delivery object: last_delivery of a capture, and what a replay answers.
func DeliveryJSON(d *store.Delivery) any { return nil }
