-- +goose Up
-- Money that a merchant gives back at a payment provider: noted before the provider is asked and deleted by the transaction that writes the refund,
-- so that what an interrupted program has begun is known, and is ended under the same idempotency key, which is the id.
CREATE TABLE storegraph.merchant_refund (
    id         text        PRIMARY KEY,
    order_id   text        NOT NULL,
    payment_id text        NOT NULL UNIQUE,
    amount     numeric     NOT NULL,
    created_at timestamptz NOT NULL
);
