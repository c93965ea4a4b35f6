package store

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"
)

// Options says which file to open.
type Options struct {
	Path string
	Log  *slog.Logger
	Now  func() time.Time
}

// DB is an open store.
type DB struct{}

func Open(context.Context, Options) (*DB, error) { return nil, errors.ErrUnsupported }
func (db *DB) Close() error                      { return nil }

// Instance is one devhook process.
type Instance struct {
	ID           string
	PID          int
	StartedAt    time.Time
	PublicURL    string
	InspectorURL string
	LocalURL     string
	Alive        bool
}

// Keep says what Prune leaves.
type Keep struct {
	Age  time.Duration
	Size int64
}

// Filter chooses captures.
type Filter struct {
	Failed         bool
	Provider       string
	Verdict        Verdict
	Method         string
	PathPrefix     string
	Status         string
	Since          time.Time
	Search         string
	Before         string
	OldestFirst    bool
	Limit          int
	Resendable     bool
	IncludeUnknown bool
}

type Position struct{ Capture, Delivery int64 }

func (p Position) String() string              { return "" }
func ParsePosition(s string) (Position, error) { return Position{}, nil }

type Change struct {
	Kind     string
	Capture  *Capture
	Delivery *Delivery
	At       Position
}

func NewID(t time.Time) string { return "" }

func (db *DB) Register(context.Context, Instance) error       { return errors.ErrUnsupported }
func (db *DB) UpdateInstance(context.Context, Instance) error { return errors.ErrUnsupported }
func (db *DB) Instances(context.Context) ([]Instance, error)  { return nil, errors.ErrUnsupported }
func (db *DB) Add(context.Context, *Capture, []byte) error    { return errors.ErrUnsupported }
func (db *DB) BeginArrival(context.Context, *Capture) error   { return errors.ErrUnsupported }
func (db *DB) AppendBody(ctx context.Context, ownerID string, chunk []byte) error {
	return errors.ErrUnsupported
}
func (db *DB) FinishArrival(context.Context, *Capture) error { return errors.ErrUnsupported }
func (db *DB) AddDelivery(ctx context.Context, d *Delivery, body []byte, durable bool) error {
	return errors.ErrUnsupported
}
func (db *DB) StartReplay(context.Context, *Delivery) error { return errors.ErrUnsupported }
func (db *DB) Sync(context.Context) error                   { return errors.ErrUnsupported }
func (db *DB) SetPinned(ctx context.Context, id string, pinned bool) error {
	return errors.ErrUnsupported
}
func (db *DB) SetNote(ctx context.Context, id, note string) error { return errors.ErrUnsupported }
func (db *DB) Conclude(context.Context, *Capture) error           { return errors.ErrUnsupported }
func (db *DB) Delete(ctx context.Context, id string) error        { return errors.ErrUnsupported }
func (db *DB) Clear(context.Context) (int, error)                 { return 0, errors.ErrUnsupported }
func (db *DB) Prune(context.Context, Keep) (int, error)           { return 0, errors.ErrUnsupported }
func (db *DB) Check(context.Context) error                        { return errors.ErrUnsupported }
func (db *DB) Resolve(ctx context.Context, ref string) (string, error) {
	return "", errors.ErrUnsupported
}
func (db *DB) Capture(ctx context.Context, id string) (*Capture, error) {
	return nil, errors.ErrUnsupported
}
func (db *DB) List(context.Context, Filter) ([]*Capture, error) { return nil, errors.ErrUnsupported }
func (db *DB) Count(context.Context, Filter) (int, error)       { return 0, errors.ErrUnsupported }
func (db *DB) Deliveries(ctx context.Context, captureID string) ([]*Delivery, error) {
	return nil, errors.ErrUnsupported
}
func (db *DB) Delivery(ctx context.Context, id string) (*Delivery, error) {
	return nil, errors.ErrUnsupported
}
func (db *DB) Body(ctx context.Context, ownerID string) (io.ReadCloser, error) {
	return nil, errors.ErrUnsupported
}
func (db *DB) Watch(ctx context.Context, from Position) (<-chan Change, error) {
	return nil, errors.ErrUnsupported
}
