package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
)

// pool is the readers' connections. Each read is one short transaction: it
// sees what was committed when it began.
type pool struct {
	db *sql.DB
	// damage is told of an error that a read ended with; it decides whether that
	// was one. It may be nil.
	damage func(error)
	// stmts are what was prepared, by its text: to take a query apart costs several
	// times what it takes to look a few rows up.
	stmts sync.Map // string → *sql.Stmt
	count atomic.Int32
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

// prepared is how many texts are prepared; searches have ever new ones.
const prepared = 100

// rows asks with a prepared statement. To prepare it on one connection is enough
// here: database/sql does it on others as they are used.
func (p *pool) rows(ctx context.Context, query string, args []any) (*sql.Rows, error) {
	s, err := p.stmt(ctx, query)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return p.db.QueryContext(ctx, query, args...)
	}
	return s.QueryContext(ctx, args...)
}

func (p *pool) stmt(ctx context.Context, query string) (*sql.Stmt, error) {
	if s, ok := p.stmts.Load(query); ok {
		return s.(*sql.Stmt), nil
	}
	if p.count.Load() >= prepared {
		return nil, nil
	}
	s, err := p.db.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	kept, other := p.stmts.LoadOrStore(query, s)
	if other {
		return kept.(*sql.Stmt), s.Close()
	}
	p.count.Add(1)
	return s, nil
}

// close lets go of the statements and the connections.
func (p *pool) close() error {
	var errs []error
	p.stmts.Range(func(_, s any) bool {
		errs = append(errs, s.(*sql.Stmt).Close())
		return true
	})
	return errors.Join(append(errs, p.db.Close())...)
}

// limit ends a query that gives at most so many rows; less than 0: all. The number stands in the text because SQLite plans a
// query anew each time a parameter of LIMIT is bound, even to what it was: that takes longer than to read a page of rows.
func limit(n int) string { return " LIMIT " + strconv.Itoa(n) }

// limited adds a limit that a caller chose to a query. Only the usual ones stand in the text, lest there are as many queries to
// keep as there are numbers.
func limited(query string, args []any, n int) (string, []any) {
	if n < 0 || n == 1 || n%50 == 0 && n <= 1000 {
		return query + limit(n), args
	}
	return query + " LIMIT ?", append(args[:len(args):len(args)], n)
}

// scanner reads one row's columns.
type scanner func(dest ...any) error

// row reads the columns of one row; sql.ErrNoRows if there is none.
func (p *pool) row(ctx context.Context, dest []any, query string, args ...any) error {
	p.gate.RLock()
	defer p.gate.RUnlock()
	_, err := first(ctx, p, func(scan scanner) (struct{}, error) { return struct{}{}, scan(dest...) }, query, args)
	return p.note(err)
}

// first reads the first row; sql.ErrNoRows if there is none.
func first[T any](ctx context.Context, p *pool, read func(scanner) (T, error), query string, args []any) (v T, err error) {
	rows, err := p.rows(ctx, query, args)
	if err != nil {
		return v, err
	}
	defer rows.Close()
	if !rows.Next() {
		return v, cmp.Or(rows.Err(), sql.ErrNoRows)
	}
	if v, err = read(rows.Scan); err != nil {
		return v, err
	}
	return v, rows.Close()
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
	v, err := first(ctx, p, read, query, args)
	return v, p.note(err)
}

// all reads every row into a value. read must not read from the pool itself.
func all[T any](ctx context.Context, p *pool, read func(scanner) (T, error), query string, args ...any) ([]T, error) {
	p.gate.RLock()
	defer p.gate.RUnlock()
	rows, err := p.rows(ctx, query, args)
	if err != nil {
		return nil, p.note(err)
	}
	values, err := collect(rows, read)
	return values, p.note(err)
}

// collect reads every row into a value and closes them.
func collect[T any](rows *sql.Rows, read func(scanner) (T, error)) ([]T, error) {
	defer rows.Close()
	var values []T
	for rows.Next() {
		v, err := read(rows.Scan)
		if err != nil {
			return nil, err
		}
		values = append(values, v)
	}
	return values, rows.Err()
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
