-- +goose Up
-- What is still to be done at payment providers. A row is written in the transaction that makes it necessary.
CREATE TABLE storegraph.payment_task (
    id          text        PRIMARY KEY,
    kind        text        NOT NULL CHECK (kind IN ('void', 'release')),
    provider_id text        NOT NULL,
    session_id  text        NOT NULL,
    data        jsonb       NOT NULL,
    due_at      timestamptz NOT NULL,
    attempts    integer     NOT NULL DEFAULT 0,
    last_error  text,
    created_at  timestamptz NOT NULL
);
CREATE INDEX payment_task_due_at ON storegraph.payment_task (due_at);
CREATE UNIQUE INDEX payment_task_release ON storegraph.payment_task (session_id) WHERE kind = 'release';

-- What payment providers have told, each once.
CREATE TABLE storegraph.payment_event (
    provider_id text        NOT NULL,
    event_id    text        NOT NULL,
    session_id  text        NOT NULL,
    action      text        NOT NULL,
    amount      numeric,
    data        jsonb       NOT NULL,
    received_at timestamptz NOT NULL,
    due_at      timestamptz NOT NULL,
    attempts    integer     NOT NULL DEFAULT 0,
    last_error  text,
    done_at     timestamptz,
    PRIMARY KEY (provider_id, event_id)
);
CREATE INDEX payment_event_due_at ON storegraph.payment_event (due_at) WHERE done_at IS NULL;
CREATE INDEX payment_event_done_at ON storegraph.payment_event (done_at);
