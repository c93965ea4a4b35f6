package store

import (
	"context"
	"database/sql"
	"sync"
)

// pool is the readers' connections. Each read is one short transaction: it
// sees what was committed when it began.
type pool struct {
	db *sql.DB
	// damage is told of an error that a read ended with; it decides whether that
	// was one. It may be nil.
	damage func(error)
	// gate is held for reading during each read. As long as any transaction
	// reads the log it cannot be emptied; to do that the gate is shut.
	gate sync.RWMutex
}

// readers is how many may read at once.
const readers = 8

func openReaders(path string) (*pool, error) {
	db, err := openPool(path, "mode", "ro", "_pragma", "query_only(1)")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(readers)
	db.SetMaxIdleConns(readers)
	return &pool{db: db}, nil
}

// scanner reads one row's columns.
type scanner func(dest ...any) error

// row reads the columns of one row; sql.ErrNoRows if there is none.
func (p *pool) row(ctx context.Context, dest []any, query string, args ...any) error {
	p.gate.RLock()
	defer p.gate.RUnlock()
	return p.note(p.db.QueryRowContext(ctx, query, args...).Scan(dest...))
}

func (p *pool) note(err error) error {
	if err != nil && p.damage != nil {
		p.damage(err)
	}
	return err
}

// one reads one row into a value; sql.ErrNoRows if there is none.
func one[T any](ctx context.Context, p *pool, read func(scanner) (T, error), query string, args ...any) (T, error) {
	p.gate.RLock()
	defer p.gate.RUnlock()
	v, err := read(p.db.QueryRowContext(ctx, query, args...).Scan)
	return v, p.note(err)
}

// all reads every row into a value. read must not read from the pool itself.
func all[T any](ctx context.Context, p *pool, read func(scanner) (T, error), query string, args ...any) ([]T, error) {
	p.gate.RLock()
	defer p.gate.RUnlock()
	rows, err := p.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, p.note(err)
	}
	defer rows.Close()
	var values []T
	for rows.Next() {
		v, err := read(rows.Scan)
		if err != nil {
			return nil, err
		}
		values = append(values, v)
	}
	return values, p.note(rows.Err())
}

// scanText reads a row of one column of text.
func scanText(scan scanner) (s string, err error) {
	err = scan(&s)
	return s, err
}

// last is the highest position in a table of rows in order, 0 if it is empty.
func (p *pool) last(ctx context.Context, table string) (n int64, err error) {
	err = p.row(ctx, []any{&n}, "SELECT coalesce(max(seq), 0) FROM "+table)
	return n, err
}
