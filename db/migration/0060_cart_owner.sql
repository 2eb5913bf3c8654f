-- +goose Up
-- How a cart came by a customer of whom more is known than an e-mail address, as far as it happened here: the customer was signed in, or somebody typed the
-- customer's e-mail address. A cart without a row, or with one of another customer, has got its customer elsewhere.
CREATE TABLE storegraph.cart_owner (
    cart_id     text    PRIMARY KEY,
    customer_id text    NOT NULL,
    signed_in   boolean NOT NULL
);
