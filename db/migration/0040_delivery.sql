-- +goose Up
-- What is on its way of an event: one row for each destination, so that none waits for another. claim counts the leases and is never
-- reset: whoever holds an older one may change nothing.
CREATE TABLE storegraph.delivery (
    event_id    text        NOT NULL REFERENCES storegraph.outbox (id) ON DELETE CASCADE,
    destination text        NOT NULL,
    due_at      timestamptz NOT NULL,
    attempts    integer     NOT NULL DEFAULT 0,
    claim       bigint      NOT NULL DEFAULT 0,
    done_at     timestamptz,
    dead_at     timestamptz,
    error       text,
    PRIMARY KEY (event_id, destination)
);

-- Where an event has come already it does not come again.
INSERT INTO storegraph.delivery (event_id, destination, due_at, done_at)
SELECT o.id, d, o.created_at, now() FROM storegraph.outbox o, unnest(o.delivered) d WHERE o.sent_at IS NULL
ON CONFLICT DO NOTHING;
-- Where it was given up it stays so. The reason names the destinations: "webhook-…: status 500; mail: …".
INSERT INTO storegraph.delivery (event_id, destination, due_at, attempts, dead_at, error)
SELECT o.id, m[1], o.created_at, o.attempts, o.dead_at, o.error
FROM storegraph.outbox o, regexp_matches(o.error, '(?:^|; )(webhook-[0-9a-f]{12}|mail): ', 'g') m
WHERE o.dead_at IS NOT NULL AND o.sent_at IS NULL
ON CONFLICT DO NOTHING;

-- due_at is NULL once an event has got its deliveries; finished_at is when none of them was left to be tried.
DROP INDEX storegraph.outbox_waiting;
DROP INDEX storegraph.outbox_done;
ALTER TABLE storegraph.outbox ALTER COLUMN due_at DROP NOT NULL;
ALTER TABLE storegraph.outbox RENAME COLUMN sent_at TO finished_at;
UPDATE storegraph.outbox SET finished_at = dead_at WHERE finished_at IS NULL AND dead_at IS NOT NULL;
UPDATE storegraph.outbox SET due_at = NULL WHERE finished_at IS NOT NULL;
ALTER TABLE storegraph.outbox DROP COLUMN attempts, DROP COLUMN delivered, DROP COLUMN dead_at, DROP COLUMN error;
CREATE INDEX outbox_due ON storegraph.outbox (id) WHERE due_at IS NOT NULL;
CREATE INDEX outbox_finished_at ON storegraph.outbox (finished_at) WHERE finished_at IS NOT NULL;

-- What is new goes before what is tried again.
CREATE INDEX delivery_due ON storegraph.delivery (destination, (attempts > 0), due_at, event_id) WHERE done_at IS NULL AND dead_at IS NULL;
CREATE INDEX delivery_dead ON storegraph.delivery (event_id) WHERE dead_at IS NOT NULL;

-- Work at payment providers is claimed by provider.
DROP INDEX storegraph.payment_task_due_at;
DROP INDEX storegraph.payment_event_due_at;
CREATE INDEX payment_task_due_at ON storegraph.payment_task (provider_id, due_at);
CREATE INDEX payment_event_due_at ON storegraph.payment_event (provider_id, due_at) WHERE done_at IS NULL;
