-- Schema 3: webhooks that were answered before the app was there, arrivals that a relay
-- may hand over twice, and fewer pages to write for each webhook. What is recorded in the
-- ordinary way touches none of the new tables.

-- What waits: the captures in state held, oldest first for each app and route. A row is
-- there exactly as long as its capture is in that state.
CREATE TABLE queue (
    capture INTEGER PRIMARY KEY REFERENCES captures (seq) ON DELETE CASCADE,
    owner   TEXT    NOT NULL, -- instance that delivers it; '' until one takes it over
    app     TEXT    NOT NULL, -- base URL of the app it is for; at a relay, the tunnel
    route   TEXT    NOT NULL, -- its queue among those for the app
    size    INTEGER NOT NULL, -- bytes of head, body and trailer
    tries   INTEGER NOT NULL, -- how often it was tried in vain
    next    INTEGER NOT NULL, -- when it is tried again; 0: when it is its turn
    urgent  INTEGER NOT NULL, -- the user wants it tried at once, also where its queue is paused
    why     TEXT    NOT NULL  -- why the latest try was in vain
) STRICT;
CREATE INDEX queue_turn ON queue (owner, app, route, capture, size);
CREATE INDEX queue_place ON queue (app, route, capture, size);

-- Queues that deliver nothing until they are resumed. They may be empty.
CREATE TABLE paused (
    app   TEXT    NOT NULL,
    route TEXT    NOT NULL,
    since INTEGER NOT NULL, -- when it was paused
    PRIMARY KEY (app, route)
) STRICT, WITHOUT ROWID;

-- Which arrivals are recorded already, of those that have a name. It stays when the
-- capture is forgotten, or else a webhook handed over again would be taken for a new one.
CREATE TABLE arrivals (
    id      TEXT    PRIMARY KEY, -- given by the relay
    capture TEXT    NOT NULL,    -- id of the capture it became
    at      INTEGER NOT NULL     -- when it was recorded
) STRICT, WITHOUT ROWID;
CREATE INDEX arrivals_at ON arrivals (at);

-- That a held webhook is on its way, or was cancelled, is news as a verdict is.
DROP TRIGGER captures_concluded;
CREATE TRIGGER captures_concluded
AFTER UPDATE OF state, provider, event, event_id, verdict, reason, hints, checks, pinned, note ON captures
WHEN new.state <> old.state
    OR new.provider <> old.provider OR new.event <> old.event OR new.event_id <> old.event_id
    OR new.verdict <> old.verdict OR new.reason <> old.reason OR new.hints <> old.hints OR new.checks <> old.checks
    OR new.pinned <> old.pinned OR new.note <> old.note
BEGIN
    INSERT INTO conclusions (capture) VALUES (new.seq);
    DELETE FROM conclusions WHERE seq <= (SELECT max(seq) FROM conclusions) - 10000;
END;

-- What a relay keeps for agents that are away, as it came. Empty in the database of an agent.
CREATE TABLE spool (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT, -- order of arrival; never used twice
    id          TEXT    NOT NULL UNIQUE,           -- of the arrival
    address     TEXT    NOT NULL,                  -- port or name that was called
    owner       TEXT    NOT NULL,                  -- key whose address it was then
    received_at INTEGER NOT NULL,                  -- Unix time in ns
    sender      TEXT    NOT NULL,
    scheme      TEXT    NOT NULL,
    host        TEXT    NOT NULL,
    port        INTEGER NOT NULL,
    size        INTEGER NOT NULL, -- bytes of head and body
    head        BLOB    NOT NULL, -- as it came
    body        BLOB              -- as it came, or NULL: it is in chunks under the id
) STRICT;
CREATE INDEX spool_address ON spool (address, owner, seq, received_at, size);

-- A capture comes into what filters ask for when its outcome is known, and not first when
-- it arrives and once more then. Those that are being delivered are few: who asks goes
-- through them, too (captures_delivering).
DROP INDEX captures_facets;
CREATE INDEX captures_facets ON captures (seq, received_at, state, status, accepted, unknown, pinned,
    verdict, method, provider, event, host, duplicate_of, delivering) WHERE delivering = '';
DROP INDEX captures_failed;
CREATE INDEX captures_failed ON captures (seq, dedupe_key, provider, instance, state, accepted, delivering)
    WHERE state = 'complete' AND accepted = 0 AND delivering = '';
DROP INDEX captures_noted;
CREATE INDEX captures_noted ON captures (seq, note, delivering) WHERE note <> '' AND delivering = '';
DROP INDEX captures_path;
CREATE INDEX captures_path ON captures (substr(target, 1, 64)) WHERE delivering = '';
