package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"devhook/cmd/devhook/config"
	"devhook/store"
	"devhook/tunnel/relay"
)

// heldFile is where a relay keeps requests for agents that are away.
const heldFile = "held.db"

// relaySpool is the store as a relay sees it.
type relaySpool struct{ db *store.DB }

// openSpool opens the requests that a relay keeps; nil if it keeps none.
func openSpool(ctx context.Context, cfg *config.Relay, log *slog.Logger) (*relaySpool, error) {
	path := filepath.Join(cfg.State, heldFile)
	if cfg.Hold == 0 {
		tellLeft(ctx, path, log)
		return nil, nil
	}
	db, err := store.Open(ctx, store.Options{Path: path, Log: log, SetAside: true})
	if err != nil {
		return nil, openFault(path, err)
	}
	if kept := db.Opening().Damaged; kept != "" {
		log.Error("what was held is damaged and not handed over: a new database begins", "file", path, "aside", kept)
	}
	return &relaySpool{db}, nil
}

// tellLeft tells of what an earlier relay held, where this one is to hold nothing.
func tellLeft(ctx context.Context, path string, log *slog.Logger) {
	if _, err := os.Stat(path); err != nil {
		return
	}
	db, err := store.Open(ctx, store.Options{Path: path, Log: log})
	if err != nil {
		log.Warn("what an earlier relay held can't be read", "file", path, "err", err)
		return
	}
	defer db.Close()
	sums, err := db.SpooledSums(ctx)
	for _, sum := range sums {
		log.Warn("webhooks that were held are not handed over: start the relay with --hold for that, or delete the file",
			"file", path, "address", sum.Address, "key", sum.Owner, "count", sum.Count)
	}
	if err != nil {
		log.Warn("what an earlier relay held can't be read", "file", path, "err", err)
	}
}

func (s *relaySpool) close() error {
	if s == nil {
		return nil
	}
	return s.db.Close()
}

// holding says how a relay keeps requests; nil: not at all.
func (s *relaySpool) holding(cfg *config.Relay) *relay.Holding {
	if s == nil {
		return nil
	}
	return &relay.Holding{Spool: s, Age: cfg.Hold, Size: cfg.HoldSize, Free: func() (uint64, bool) { return room(cfg.State) }}
}

// Append is relay.Spool's.
func (s *relaySpool) Append(ctx context.Context, id string, piece []byte) error {
	return s.db.AppendBody(ctx, id, piece)
}

// Discard is relay.Spool's.
func (s *relaySpool) Discard(ctx context.Context, id string) error { return s.db.DropBody(ctx, id) }

// Keep is relay.Spool's.
func (s *relaySpool) Keep(ctx context.Context, h *relay.Held) error {
	w := &store.Spooled{
		ID: h.ID, Address: h.Address, Owner: h.Owner, ReceivedAt: h.Arrived, Sender: h.Sender,
		Scheme: h.Scheme, Host: h.Host, Port: h.Port, Size: h.Size, Head: h.Head, Body: h.Body,
	}
	err := s.db.AddSpooled(ctx, w)
	h.Seq = w.Seq
	return err
}

// Next is relay.Spool's.
func (s *relaySpool) Next(ctx context.Context, address, owner string) (*relay.Held, error) {
	w, err := s.db.NextSpooled(ctx, address, owner)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &relay.Held{
		Seq: w.Seq, ID: w.ID, Address: w.Address, Owner: w.Owner, Arrived: w.ReceivedAt, Sender: w.Sender,
		Scheme: w.Scheme, Host: w.Host, Port: w.Port, Size: w.Size, Head: w.Head, Body: w.Body,
	}, nil
}

// Body is relay.Spool's.
func (s *relaySpool) Body(ctx context.Context, h *relay.Held) (io.ReadCloser, error) {
	return s.db.SpooledBody(ctx, h.ID)
}

// Drop is relay.Spool's.
func (s *relaySpool) Drop(ctx context.Context, which relay.Choice) ([]relay.HeldSum, error) {
	sums, err := s.db.DropSpooled(ctx, store.SpoolChoice(which))
	return heldSums(sums), err
}

// Sums is relay.Spool's.
func (s *relaySpool) Sums(ctx context.Context) ([]relay.HeldSum, error) {
	sums, err := s.db.SpooledSums(ctx)
	return heldSums(sums), err
}

func heldSums(sums []store.SpooledSum) []relay.HeldSum {
	all := make([]relay.HeldSum, 0, len(sums))
	for _, sum := range sums {
		all = append(all, relay.HeldSum{
			Address: sum.Address, Owner: sum.Owner, Count: sum.Count,
			Bytes: sum.Size + int64(sum.Count)*relay.Quota(0), Oldest: sum.Oldest,
		})
	}
	return all
}
