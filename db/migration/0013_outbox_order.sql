-- +goose Up
-- what is new goes before what is tried again, so that a receiver that is down holds up nothing else
DROP INDEX storegraph.outbox_waiting;
CREATE INDEX outbox_waiting ON storegraph.outbox ((attempts > 0), due_at, id) WHERE sent_at IS NULL AND dead_at IS NULL;
