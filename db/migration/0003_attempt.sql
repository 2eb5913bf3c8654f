-- +goose Up
CREATE TABLE storegraph.attempt (
    key      text        PRIMARY KEY,
    began_at timestamptz NOT NULL,
    count    integer     NOT NULL
);
CREATE INDEX attempt_began_at ON storegraph.attempt (began_at);
