package store

import (
	"bytes"
	"context"
	"encoding/json"
	"time"
)

// list writes a list as the JSON text of its column, an empty one as "".
func list[T any](values []T) string {
	if len(values) == 0 {
		return ""
	}
	text, err := json.Marshal(values)
	if err != nil {
		return "" // strings and booleans cannot fail
	}
	return string(text)
}

// unlist reads what list wrote. Text another program put there reads as empty.
func unlist[T any](text string) []T {
	if text == "" {
		return nil
	}
	var values []T
	if json.Unmarshal([]byte(text), &values) != nil {
		return nil
	}
	return values
}

// blob copies bytes. It is never nil, which would be NULL.
func blob(b []byte) []byte {
	if len(b) == 0 {
		return []byte{}
	}
	return bytes.Clone(b)
}

// lent is bytes for a job: a copy only where its caller may leave before it is
// done, which is where ctx can end.
func lent(ctx context.Context, b []byte) []byte {
	if ctx.Done() != nil || len(b) == 0 {
		return blob(b)
	}
	return b
}

// nanos is a time as it is stored, 0 for the zero time.
func nanos(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

func fromNanos(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}
