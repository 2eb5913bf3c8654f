-- +goose Up
CREATE TABLE storegraph.auth_challenge (
    id               text        PRIMARY KEY,
    auth_identity_id text        NOT NULL,
    auth_provider    text        NOT NULL,
    methods          text[]      NOT NULL,
    expires_at       timestamptz NOT NULL,
    attempts         integer     NOT NULL DEFAULT 0,
    max_attempts     integer     NOT NULL,
    completed_at     timestamptz
);
CREATE INDEX auth_challenge_expires_at ON storegraph.auth_challenge (expires_at);

-- the last time step whose one-time password a factor has taken, so that none is taken twice
CREATE TABLE storegraph.totp_step (
    factor_id text   PRIMARY KEY,
    step      bigint NOT NULL
);
