-- +goose Up
-- Another one whenever a document has been written: what a search found may have changed.
ALTER TABLE storegraph.search_state ADD COLUMN revision uuid NOT NULL DEFAULT gen_random_uuid();
