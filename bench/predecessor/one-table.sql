-- The table of the consumers `each` and `batch`.
CREATE TABLE orders (
  order_id     text        PRIMARY KEY,
  customer_id  text        NOT NULL,
  product_id   text        NOT NULL,
  quantity     integer     NOT NULL,
  price        numeric     NOT NULL,
  total_amount numeric     NOT NULL,
  status       text        NOT NULL,
  created_at   timestamptz NOT NULL
);
