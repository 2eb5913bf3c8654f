-- +goose Up
-- What payment providers took beyond what a session was to pay, each once and for good, so that it is refunded once.
CREATE TABLE storegraph.payment_excess (
    session_id  text        PRIMARY KEY,
    provider_id text        NOT NULL,
    amount      numeric     NOT NULL,
    noted_at    timestamptz NOT NULL,
    refunded_at timestamptz
);
ALTER TABLE storegraph.payment_task DROP CONSTRAINT payment_task_kind_check;
ALTER TABLE storegraph.payment_task ADD CONSTRAINT payment_task_kind_check CHECK (kind IN ('void', 'release', 'refund'));
