-- +goose Up
CREATE TABLE storegraph.session (
    id_hash    text        PRIMARY KEY,
    claims     jsonb       NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX session_expires_at ON storegraph.session (expires_at);

CREATE TABLE storegraph.outbox (
    id         text        PRIMARY KEY,
    name       text        NOT NULL,
    payload    jsonb       NOT NULL,
    created_at timestamptz NOT NULL,
    sent_at    timestamptz
);
CREATE INDEX outbox_waiting ON storegraph.outbox (created_at) WHERE sent_at IS NULL;
