-- +goose Up
-- attempts to deliver an event, when the next one is due, to whom it has come already, and when it was given up
ALTER TABLE storegraph.outbox
    ADD COLUMN attempts  integer     NOT NULL DEFAULT 0,
    ADD COLUMN due_at    timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN delivered text[]      NOT NULL DEFAULT '{}',
    ADD COLUMN dead_at   timestamptz,
    ADD COLUMN error     text,
    ADD COLUMN redacted  boolean     NOT NULL DEFAULT false;
UPDATE storegraph.outbox SET due_at = created_at;
DROP INDEX storegraph.outbox_waiting;
CREATE INDEX outbox_waiting ON storegraph.outbox (due_at, id) WHERE sent_at IS NULL AND dead_at IS NULL;
CREATE INDEX outbox_done ON storegraph.outbox (coalesce(sent_at, dead_at)) WHERE sent_at IS NOT NULL OR dead_at IS NOT NULL;
