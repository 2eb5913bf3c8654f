-- +goose Up
-- log-ins that have left for a provider's page; known by the hash of their state
CREATE TABLE storegraph.oauth_state (
    state_hash   text        PRIMARY KEY,
    provider     text        NOT NULL,
    actor_type   text        NOT NULL,
    callback_url text        NOT NULL,
    verifier     text        NOT NULL,
    nonce        text        NOT NULL,
    browser_hash text        NOT NULL DEFAULT '',
    expires_at   timestamptz NOT NULL
);
CREATE INDEX oauth_state_expires_at ON storegraph.oauth_state (expires_at);
