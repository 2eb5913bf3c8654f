-- +goose Up
-- claim counts who has run a request. One that was taken to have died commits nothing any more: its claim is an older one.
ALTER TABLE storegraph.idempotency ADD COLUMN claim bigint NOT NULL DEFAULT 1;
