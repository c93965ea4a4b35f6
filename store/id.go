package store

import (
	"crypto/rand"
	"time"

	"github.com/oklog/ulid/v2"
)

// NewID makes a ULID for the time t: 26 upper-case characters, the first ten
// of which sort by time. The rest is random also within one millisecond, so
// that the last six tell captures apart.
func NewID(t time.Time) string {
	var id ulid.ULID
	if t.UnixMilli() > 0 {
		_ = id.SetTime(ulid.Timestamp(t)) // fails from the year 10889 on: then it sorts first
	}
	rand.Read(id[6:]) // never fails
	return id.String()
}
