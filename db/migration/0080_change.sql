-- +goose Up
-- What has changed in the catalogue, as the triggers of storegraph migrate --catalogue-triggers note it: a row for each statement, with the
-- ids of what is concerned. Without ids it is all of the entity.
CREATE TABLE storegraph.change (
    position   bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    xid        xid8        NOT NULL DEFAULT pg_current_xact_id(),
    entity     text        NOT NULL,
    ids        text[],
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX change_xid ON storegraph.change (xid);
CREATE INDEX change_xid_without_stock ON storegraph.change (xid) WHERE entity <> 'stock';

-- The one row about the log itself: how often it was installed or removed, whether it is, and the last transaction whose rows were removed.
CREATE TABLE storegraph.change_log (
    only_one   boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    generation bigint  NOT NULL DEFAULT 0,
    installed  boolean NOT NULL DEFAULT false,
    pruned     xid8    NOT NULL DEFAULT '0'
);
INSERT INTO storegraph.change_log DEFAULT VALUES;
