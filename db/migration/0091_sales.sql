-- +goose Up
-- What was sold in the orders of the last 90 days, in which sales channel, as it was last counted. What did not sell has no row.
CREATE TABLE storegraph.product_sales (
    product_id       text    NOT NULL,
    sales_channel_id text    NOT NULL,
    units            numeric NOT NULL,
    PRIMARY KEY (product_id, sales_channel_id)
);

-- In how many of those orders one product was bought with another: for each product the twenty others it was most often bought with.
CREATE TABLE storegraph.bought_together (
    product_id text   NOT NULL,
    other_id   text   NOT NULL,
    orders     bigint NOT NULL,
    PRIMARY KEY (product_id, other_id)
);

-- The one row that says when they are to be counted next.
CREATE TABLE storegraph.sales_count (
    only_one boolean     PRIMARY KEY DEFAULT true CHECK (only_one),
    due_at   timestamptz NOT NULL DEFAULT '-infinity'
);
INSERT INTO storegraph.sales_count DEFAULT VALUES;
