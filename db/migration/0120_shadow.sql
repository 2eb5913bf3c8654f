-- +goose Up
-- How answers differed from Medusa's to the same request, by route and kind. Nothing here tells who asked, or for what of their own.
CREATE TABLE storegraph.shadow_difference (
    route     text        NOT NULL,
    kind      text        NOT NULL,
    path      text        NOT NULL,
    deviation text        NOT NULL, -- the id of a difference on purpose; empty for others
    example   text        NOT NULL,
    count     bigint      NOT NULL,
    first_at  timestamptz NOT NULL,
    last_at   timestamptz NOT NULL,
    PRIMARY KEY (route, kind, path)
);
