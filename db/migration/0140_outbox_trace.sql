-- +goose Up
-- Where in a trace the event happened, as the header traceparent says it; null if nothing was traced.
ALTER TABLE storegraph.outbox ADD COLUMN trace text;
