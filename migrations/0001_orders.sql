-- Orders, one row each. Ids sort by byte ("C"), as the program sorts them before it locks rows.
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

-- One row per command that changed an order. The key makes a command that is delivered twice take effect
-- once. No foreign key: a row is only ever written by the statement that writes its order, and checking it
-- again would cost every order.
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

-- Records that could not take effect, with their cause and their original bytes: bytea, because poison must
-- not poison this table too. Offsets start again when a topic is made anew, so the timestamp is in the key.
CREATE TABLE dead_letters (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  topic        text        NOT NULL,
  partition    integer     NOT NULL,
  "offset"     bigint      NOT NULL,
  timestamp_ms numeric(19) NOT NULL, -- any 64-bit number, which neither timestamptz nor JavaScript can promise to hold
  event_id     uuid        NOT NULL,
  key          bytea,
  value        bytea,
  headers      bytea       NOT NULL,
  code         text        NOT NULL,
  message      text        NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT now(),
  UNIQUE (topic, partition, "offset", timestamp_ms)
);
