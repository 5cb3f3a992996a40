-- The tables and indexes of the consumer `same`: those of migrations/0001 to 0009 that a new order writes.
CREATE TABLE orders (
  order_id      text COLLATE "C" PRIMARY KEY,
  customer_id   text        NOT NULL,
  product_id    text        NOT NULL,
  quantity      integer     NOT NULL CHECK (quantity > 0),
  price_cents   bigint      NOT NULL CHECK (price_cents > 0),
  total_cents   bigint      NOT NULL CHECK (total_cents > 0),
  status        text        NOT NULL CHECK (status IN ('PROCESSING', 'COMPLETED', 'FAILED', 'CANCELLED')),
  status_reason text,
  version       integer     NOT NULL CHECK (version > 0),
  created_at    timestamptz NOT NULL,
  updated_at    timestamptz NOT NULL
);
CREATE INDEX orders_by_time ON orders (created_at, order_id);
CREATE INDEX orders_by_customer ON orders (customer_id, created_at, order_id);
CREATE INDEX orders_by_product ON orders (product_id, created_at, order_id);
CREATE INDEX orders_not_completed ON orders (status, created_at, order_id) WHERE status <> 'COMPLETED';

CREATE TABLE order_status_history (
  order_id      text COLLATE "C" NOT NULL,
  event_id      uuid        NOT NULL,
  event_type    text        NOT NULL,
  version       integer,
  status        text        NOT NULL,
  status_reason text,
  at            timestamptz NOT NULL,
  PRIMARY KEY (order_id, event_id)
);

CREATE TABLE outbox (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  created_at timestamptz NOT NULL,
  kind       text        NOT NULL,
  order_ids  text[],
  versions   integer[]
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);
