-- Schema 2: search by index, filters by index, and a feed of what was changed later.

-- Which captures hold which three characters in a row, ASCII and other letters in any
-- case. It only proposes: what is found is compared with the text itself, so that neither
-- positions nor columns are kept. Rows come in the background, in order of arrival, and
-- go by a mark; the purge takes what is marked out of the file.
CREATE VIRTUAL TABLE search USING fts5 (
    target, event, event_id, note, head, body,
    tokenize = 'trigram', detail = none, content = '', contentless_delete = 1
);
-- Merging goes in small steps of its own, never within a commit that others wait for.
INSERT INTO search (search, rank) VALUES ('automerge', 0), ('crisismerge', 1000);

-- One row: how far the index has come.
CREATE TABLE indexing (
    upto  INTEGER NOT NULL, -- captures up to this seq are in the index
    purge INTEGER NOT NULL  -- 0: nothing to take out; 1: something; 2: it is being taken out
) STRICT;
INSERT INTO indexing VALUES (0, 0);

-- What filters ask for, side by side: to go through it takes a third of the time that the
-- table takes.
CREATE INDEX captures_facets ON captures (seq, received_at, state, status, accepted, unknown, pinned,
    verdict, method, provider, event, host, duplicate_of);
CREATE INDEX captures_failed ON captures (seq, dedupe_key, provider) WHERE state = 'complete' AND accepted = 0;
CREATE INDEX captures_path ON captures (substr(target, 1, 64));
CREATE INDEX captures_noted ON captures (seq) WHERE note <> '';
CREATE INDEX deliveries_replays ON deliveries (capture) WHERE kind = 'replay';
CREATE INDEX deliveries_edited ON deliveries (capture) WHERE edited = 1;

-- Changes of captures after they had come: another verdict, a pin, a note. Only the
-- latest 10,000 are kept.
CREATE TABLE conclusions (
    seq     INTEGER PRIMARY KEY AUTOINCREMENT, -- order among all of them; never used twice
    capture INTEGER NOT NULL REFERENCES captures (seq) ON DELETE CASCADE
) STRICT;
CREATE INDEX conclusions_capture ON conclusions (capture);

-- These are here rather than in the program, so that nothing gets round them: not a
-- devhook of schema 1 either that still runs while the file becomes one of schema 2.
CREATE TRIGGER captures_forgotten AFTER DELETE ON captures
WHEN old.seq <= (SELECT upto FROM indexing)
BEGIN
    DELETE FROM search WHERE rowid = old.seq;
    UPDATE indexing SET purge = 1 WHERE purge <> 1;
END;

CREATE TRIGGER captures_reworded AFTER UPDATE OF event, event_id, note ON captures
WHEN new.seq <= (SELECT upto FROM indexing)
    AND (new.event <> old.event OR new.event_id <> old.event_id OR new.note <> old.note)
BEGIN
    DELETE FROM search WHERE rowid = new.seq;
    INSERT INTO search (rowid, target, event, event_id, note, head, body)
        SELECT new.seq, new.target, new.event, new.event_id, new.note, CAST(head AS TEXT), CAST(body AS TEXT)
        FROM payloads WHERE capture = new.seq;
    UPDATE indexing SET purge = 1 WHERE purge <> 1;
END;

CREATE TRIGGER captures_concluded
AFTER UPDATE OF provider, event, event_id, verdict, reason, hints, checks, pinned, note ON captures
WHEN new.provider <> old.provider OR new.event <> old.event OR new.event_id <> old.event_id
    OR new.verdict <> old.verdict OR new.reason <> old.reason OR new.hints <> old.hints OR new.checks <> old.checks
    OR new.pinned <> old.pinned OR new.note <> old.note
BEGIN
    INSERT INTO conclusions (capture) VALUES (new.seq);
    DELETE FROM conclusions WHERE seq <= (SELECT max(seq) FROM conclusions) - 10000;
END;
