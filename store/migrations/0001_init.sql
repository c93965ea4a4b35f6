-- Schema 1. Times are nanoseconds since 1970, durations nanoseconds, flags 0 or 1;
-- lists are JSON arrays and '' when empty. A row's columns are ordered so that what
-- lists read comes before what may be long.

-- One request as it arrived. Narrow: heads and bodies are in payloads.
CREATE TABLE captures (
    seq           INTEGER PRIMARY KEY AUTOINCREMENT, -- arrival order; never used twice, so Watch can resume by it
    id            TEXT    NOT NULL UNIQUE,           -- ULID in upper case
    received_at   INTEGER NOT NULL,                  -- when the head arrived
    state         TEXT    NOT NULL,                  -- complete, incomplete, malformed, refused, held
    delivering    TEXT    NOT NULL,                  -- owner that promised a live delivery and has no outcome yet; '' for none
    deliveries    INTEGER NOT NULL DEFAULT 0,        -- how many rows in deliveries; the latest has n equal to this
    status        INTEGER NOT NULL DEFAULT 0,        -- of the latest delivery; 0: no answer, or no delivery
    accepted      INTEGER NOT NULL DEFAULT 0,        -- the latest delivery was a success for its sender
    accepted_once INTEGER NOT NULL DEFAULT 0,        -- some delivery was
    unknown       INTEGER NOT NULL DEFAULT 0,        -- the outcome of the latest delivery is unknown
    pinned        INTEGER NOT NULL,                  -- kept by the user
    method        TEXT    NOT NULL,                  -- as written
    target        TEXT    NOT NULL,                  -- request target as written, any bytes
    host          TEXT    NOT NULL,                  -- Host line's value
    proto         TEXT    NOT NULL,                  -- HTTP/1.1
    public_url    TEXT    NOT NULL,                  -- what the sender called
    remote_addr   TEXT    NOT NULL,                  -- the sender, host:port
    framing       TEXT    NOT NULL,                  -- none, length, chunked
    body_size     INTEGER NOT NULL,                  -- bytes of body
    body_sha256   TEXT    NOT NULL,                  -- of the body, hex
    instance      TEXT    NOT NULL,                  -- which `up` recorded it
    app           TEXT    NOT NULL,                  -- base URL of the app it was for
    provider      TEXT    NOT NULL,                  -- recognised sender, '' for none
    event         TEXT    NOT NULL,                  -- sender's name of the event
    event_id      TEXT    NOT NULL,                  -- sender's id of the event
    dedupe_key    TEXT    NOT NULL,                  -- equal for retries of one event, '' when unknown
    verdict       TEXT    NOT NULL,                  -- valid, invalid, missing, unchecked
    reason        TEXT    NOT NULL,                  -- why
    hints         TEXT    NOT NULL,                  -- JSON array of strings
    checks        TEXT    NOT NULL,                  -- JSON array of {ok, text}
    duplicate_of  TEXT    NOT NULL,                  -- id of the earliest capture with this provider and dedupe_key, '' for none
    note          TEXT    NOT NULL                   -- the user's own words
) STRICT;

CREATE INDEX captures_dedupe ON captures (dedupe_key, provider, seq) WHERE dedupe_key <> '';
CREATE INDEX captures_delivering ON captures (delivering) WHERE delivering <> '';

-- The bytes of a capture.
CREATE TABLE payloads (
    capture INTEGER PRIMARY KEY REFERENCES captures (seq) ON DELETE CASCADE,
    head    BLOB    NOT NULL, -- start line to empty line as it came
    trailer BLOB    NOT NULL, -- trailer lines as they came
    chunks  INTEGER NOT NULL, -- how many chunks hold the body; 0: it is in the next column
    body    BLOB    NOT NULL  -- the body, or the first 64 KiB of one in chunks (for search)
) STRICT;

-- Bodies too long for one row, in pieces of 256 KiB at most.
CREATE TABLE chunks (
    owner TEXT    NOT NULL, -- id of a capture or delivery
    n     INTEGER NOT NULL, -- 0, 1, 2 …
    data  BLOB    NOT NULL, -- the piece
    UNIQUE (owner, n)
) STRICT;

-- One handing-over of a capture to an app, with its outcome. Never changed once written.
CREATE TABLE deliveries (
    seq          INTEGER PRIMARY KEY AUTOINCREMENT, -- order among all deliveries; never used twice
    id           TEXT    NOT NULL UNIQUE,           -- ULID in upper case
    capture      INTEGER NOT NULL REFERENCES captures (seq) ON DELETE CASCADE,
    n            INTEGER NOT NULL,                  -- 1 for the first of its capture
    kind         TEXT    NOT NULL,                  -- live, replay
    at           INTEGER NOT NULL,                  -- when it began
    target       TEXT    NOT NULL,                  -- full URL it was sent to
    edited       INTEGER NOT NULL,                  -- the user changed something
    resigned     TEXT    NOT NULL,                  -- JSON array: names of recomputed headers and fields
    status       INTEGER NOT NULL,                  -- answer's status, 0 for no answer
    error        TEXT    NOT NULL,                  -- why there was no answer
    duration     INTEGER NOT NULL,                  -- until the end of the answer
    accepted     INTEGER NOT NULL,                  -- the sender would count it as success
    judgement    TEXT    NOT NULL,                  -- why (not)
    notes        TEXT    NOT NULL,                  -- JSON array: what else the sender makes of the answer
    body_size    INTEGER NOT NULL,                  -- bytes of the answer's body
    truncated    INTEGER NOT NULL,                  -- less than that was recorded
    sender_gone  INTEGER NOT NULL,                  -- 0, or how long after arrival the sender left
    chunks       INTEGER NOT NULL,                  -- how many chunks hold the answer's body; 0: it is in the last column
    head         BLOB    NOT NULL,                  -- answer's head as it came
    request      BLOB,                              -- head as sent where it differs, NULL otherwise
    request_body BLOB,                              -- body as sent where it differs, NULL otherwise
    body         BLOB    NOT NULL,                  -- answer's body when it is short
    UNIQUE (capture, n)
) STRICT;

-- What is unfinished: it becomes a row elsewhere, also when its owner dies.
CREATE TABLE pending (
    id      TEXT PRIMARY KEY, -- of the capture or delivery to be
    kind    TEXT NOT NULL,    -- arrival: a body is coming; replay: sent, no outcome yet; answer: being recorded; trash: chunks to delete
    owner   TEXT NOT NULL,    -- process it belongs to; '' for trash
    capture TEXT NOT NULL,    -- id of the capture a replay belongs to
    record  TEXT NOT NULL     -- JSON of what is known of the capture or delivery
) STRICT, WITHOUT ROWID;

-- Processes that own something unfinished; each holds a lock file beside the database.
CREATE TABLE instances (
    id            TEXT    PRIMARY KEY, -- part of the lock file's name
    role          TEXT    NOT NULL,    -- up: listed for people; command: a replay from the command line
    pid           INTEGER NOT NULL,
    started_at    INTEGER NOT NULL,
    public_url    TEXT    NOT NULL,    -- where senders call it
    inspector_url TEXT    NOT NULL,    -- its page
    local_url     TEXT    NOT NULL     -- its app
) STRICT, WITHOUT ROWID;

-- One row, rewritten to have something to fsync.
CREATE TABLE barrier (
    n INTEGER NOT NULL -- how often
) STRICT;
INSERT INTO barrier VALUES (0);
