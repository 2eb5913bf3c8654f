-- +goose Up
-- What requests with an Idempotency-Key were answered, so that sending one again does nothing again. id is the hash of the key
-- and of whose it is; the answer is encrypted by the key, which is not kept.
CREATE TABLE storegraph.idempotency (
    id           text        PRIMARY KEY,
    request_hash text        NOT NULL,
    running_to   timestamptz NOT NULL, -- when a request that has not been answered by then is taken to have died
    committed_at timestamptz,          -- when what it does was done, whether or not it has been answered
    status       integer,              -- of the answer; NULL until there is one
    answer       bytea,
    expires_at   timestamptz NOT NULL
);
CREATE INDEX idempotency_expires_at ON storegraph.idempotency (expires_at);
