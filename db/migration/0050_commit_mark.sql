-- +goose Up
-- One row for each transaction of the last minutes, which it writes last: a server that lost the connection while it committed finds
-- out by it what became of the transaction. committed is false where a server has asked and the transaction had not been committed: it
-- cannot be any more then.
CREATE TABLE storegraph.commit_mark (
    id         text        PRIMARY KEY,
    committed  boolean     NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
