package store

import (
	"context"
	"database/sql"
	"strconv"
	"strings"
	"time"
)

// Span is a stretch of time in equal pieces.
type Span struct {
	From time.Time
	Step time.Duration // of one piece
	N    int           // how many
	Most int           // only so many captures are looked at, the newest: that bounds what it costs
}

// Activity is what came in a stretch of time and what became of it.
type Activity struct {
	Buckets []Bucket // equally long, the oldest first; empty ones too
	Senders []SenderActivity
	// CutAt is when the oldest capture that was looked at came, if older ones
	// of this time were left out; zero if all were counted.
	CutAt time.Time
}

// Bucket counts the captures that came in one piece of the stretch.
type Bucket struct {
	Start            time.Time
	Requests, Failed int
}

// SenderActivity counts one sender's captures in the stretch.
type SenderActivity struct {
	Provider         string // "" is those of no known sender
	Requests, Failed int
	Verdicts         map[Verdict]int
	Last             time.Time // when the latest one came
}

// Activity counts the captures received in a span or after it: what is dated
// later than its last bucket, as after a clock was set back, is counted there.
// Senders come in no order.
func (db *DB) Activity(ctx context.Context, s Span) (Activity, error) {
	a := Activity{Buckets: make([]Bucket, s.N)}
	for i := range a.Buckets {
		a.Buckets[i].Start = s.From.Add(time.Duration(i) * s.Step)
	}
	cut, err := db.activityCut(ctx, s, &a)
	if err != nil {
		return a, fail("count", db.path, err)
	}
	if err := db.activity(ctx, s, cut, &a); err != nil {
		return a, fail("count", db.path, err)
	}
	return a, nil
}

// activity counts here, and has SQLite only list what is to be counted, as one long text: to group 30,000 captures it
// would sort them, and to hand them over one by one takes as long. Both lists are of one moment.
func (db *DB) activity(ctx context.Context, s Span, cut int64, a *Activity) error {
	const listed = `group_concat(c.received_at || ' ' || c.verdict || ' ' || replace(c.provider, char(10), ' '), char(10))`
	var requests conditions
	requests.add("c.seq > ? AND c.received_at >= ?", cut, nanos(s.From))
	failures := requests
	failures.add(failed)
	query, args := requests.chosen("0, "+listed, "")
	more, moreArgs := failures.chosen("1, "+listed, "")
	lists, err := all(ctx, db.read, scanLines, query+" UNION ALL "+more, append(args, moreArgs...)...)
	if err != nil {
		return err
	}
	senders := map[string]*SenderActivity{}
	for _, l := range lists {
		for line := range strings.Lines(l.text.String) {
			a.count(s, senders, strings.TrimSuffix(line, "\n"), l.failed)
		}
	}
	for _, one := range senders {
		a.Senders = append(a.Senders, *one)
	}
	return nil
}

// count adds what one line of a list says: when it came in ns, its verdict and its sender.
func (a *Activity) count(s Span, senders map[string]*SenderActivity, line string, failed bool) {
	at, rest, _ := strings.Cut(line, " ")
	verdict, provider, _ := strings.Cut(rest, " ")
	n, err := strconv.ParseInt(at, 10, 64)
	if err != nil {
		return // received_at is a number
	}
	received := fromNanos(n)
	b := &a.Buckets[min(int(received.Sub(s.From)/s.Step), s.N-1)]
	one := senders[provider]
	if one == nil {
		one = &SenderActivity{Provider: provider, Verdicts: map[Verdict]int{}}
		senders[provider] = one
	}
	if failed {
		b.Failed++
		one.Failed++
		return
	}
	b.Requests++
	one.Requests++
	one.Verdicts[Verdict(verdict)]++
	if received.After(one.Last) {
		one.Last = received
	}
}

// lines are captures, one each; empty if there are none.
type lines struct {
	failed bool
	text   sql.NullString
}

func scanLines(scan scanner) (l lines, err error) {
	err = scan(&l.failed, &l.text)
	return l, err
}

// activityCut is the position after which captures are counted. It notes in a
// when what lies before is of the stretch, too.
func (db *DB) activityCut(ctx context.Context, s Span, a *Activity) (int64, error) {
	newest, err := db.read.last(ctx, "captures")
	cut := newest - int64(s.Most)
	if err != nil || cut <= 0 {
		return 0, err
	}
	var before, first int64
	err = db.read.row(ctx, []any{&before, &first}, `SELECT
		coalesce((SELECT received_at FROM captures WHERE seq <= ?1 ORDER BY seq DESC LIMIT 1), 0),
		coalesce((SELECT received_at FROM captures WHERE seq > ?1 ORDER BY seq LIMIT 1), 0)`, cut)
	if before >= nanos(s.From) {
		a.CutAt = fromNanos(first)
	}
	return cut, err
}

// AnswersMost is how many deliveries Answers looks at, the newest ones.
const AnswersMost = 5000

// Answer is how long one answer of the app took.
type Answer struct {
	Provider string        // of its capture
	Took     time.Duration // until its end
	Before   time.Duration // from the arrival of the head until the app was called; -1 for a replay
}

// Answers are the app's latest answers since a time, the newest first, at most
// so many. What never reached an app (a refused connection, or devhook itself
// answered) is none.
func (db *DB) Answers(ctx context.Context, since time.Time, most int) ([]Answer, error) {
	found, err := all(ctx, db.read, scanAnswer, `SELECT c.provider, d.duration, CASE d.kind WHEN 'live' THEN max(0, d.at - c.received_at) ELSE -1 END
		FROM (SELECT seq, capture, kind, at, duration, status, target FROM deliveries ORDER BY seq DESC`+limit(AnswersMost)+`) d
		JOIN captures c ON c.seq = d.capture
		WHERE d.status > 0 AND d.target LIKE 'http%' AND d.at >= ? ORDER BY d.seq DESC`+limit(most), nanos(since))
	return found, fail("read", db.path, err)
}

func scanAnswer(scan scanner) (a Answer, err error) {
	err = scan(&a.Provider, (*int64)(&a.Took), (*int64)(&a.Before))
	return a, err
}

// Space is what the database takes.
type Space struct {
	File   int64     // bytes of the file and its log
	Used   int64     // bytes of the file that hold something; the rest is used again
	Oldest time.Time // when the earliest capture that is still there was received; zero if there is none
}

// Space says what the database takes at this moment.
func (db *DB) Space(ctx context.Context) (s Space, err error) {
	u, err := db.usage(ctx)
	if err != nil {
		return s, fail("measure", db.path, err)
	}
	log, _ := logOf(db.path)
	s.File, s.Used = u.pages*u.pageSize+log, u.used()
	var oldest int64 // IDs sort by time
	err = db.read.row(ctx, []any{&oldest}, "SELECT coalesce((SELECT received_at FROM captures ORDER BY id LIMIT 1), 0)")
	s.Oldest = fromNanos(oldest)
	return s, fail("measure", db.path, err)
}

// Newest is the position of the latest capture, 0 if none ever came.
func (db *DB) Newest(ctx context.Context) (int64, error) {
	n, err := db.read.last(ctx, "captures")
	return n, fail("read", db.path, err)
}
