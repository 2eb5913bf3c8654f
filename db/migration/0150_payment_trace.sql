-- +goose Up
-- Where in a trace the request was that caused them, as storegraph.outbox.trace.
ALTER TABLE storegraph.payment_task ADD COLUMN trace text;
ALTER TABLE storegraph.payment_event ADD COLUMN trace text;
