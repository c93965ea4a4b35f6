// Package store keeps what devhook recorded: captures (what arrived) and
// deliveries (what was handed to the app), in one SQLite file.
//
// # Two levels of durability
//
// All writing goes through one goroutine and one connection, which commits
// what waits as one group. An ordinary write returns once it is committed:
// kill -9 cannot lose it, a power cut may. A durable write (AddDelivery with
// durable set, Sync) returns after an fsync that covers it and everything
// committed before it. So a webhook costs one commit before the app is called
// and one fsync before its answer leaves, shared with all others that wait.
//
// # What is unfinished
//
// A row in captures or deliveries never changes its facts. A body still
// arriving, a replay under way and an answer still being recorded live in the
// table pending; a promised live delivery is a mark on its capture. Each names
// the process that owns it. When that process is dead (its lock file can be
// taken) the next one to open the database writes down what is true: the
// outcome is unknown, the body is incomplete.
//
// # What is held
//
// A capture in state held was answered before its app was there. It stands in a
// queue, one for each app and route, until BeginHeld takes it out, of which is
// fsynced before the app sees it that it is about to happen: from there on it is
// a promised delivery like any other, also for who comes after a crash. An instance delivers what it
// recorded; what a dead one left is free for the next one for that app.
//
// An arrival with an ArrivalID is recorded once, however often it is handed over.
//
// # Search
//
// Text is found wherever it stands, also in the middle of a word: senders write
// +1650… as %2B1650…, and who looks for a number knows its end. So the index
// holds every three characters in a row, not words, and neither their places
// nor their columns: 0.6 to 0.9 KiB for a webhook of 1 KiB, a quarter of what it
// would be with them. It only proposes captures, the text itself decides. An
// index of words would be half as large and ten times as quick to fill, but it is
// filled in the background, where 0.2 ms for each webhook are never waited for;
// in the write path they would cost nine tenths of the speed. What is not in it
// yet, and text of one or two characters, is found by reading. A deleted
// capture's text is taken out of the index, too: marked at once, removed in the
// background soon after.
//
// # Sharing
//
// Several processes may use one file. Sequence numbers are given inside the
// write transaction and never used again, so Watch resumes exactly, also over
// changes made by other processes.
//
// The package prints nothing and knows nothing of HTTP, senders or tunnels:
// heads and bodies are bytes, and who judged a capture is not its concern.
package store
