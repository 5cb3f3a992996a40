-- Who tried what without the right to. One command is noted once, however often it is delivered.
CREATE TABLE audit_log (
  id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at       timestamptz NOT NULL,
  actor    text        NOT NULL,
  action   text        NOT NULL,
  order_id text COLLATE "C",
  event_id uuid UNIQUE
);

-- Requests that were sent with an Idempotency-Key: what was asked for, and the complete commands that were made
-- of it, so that a repeat produces exactly those. produced_at is set once Kafka has acknowledged them all.
CREATE TABLE idempotency_keys (
  principal   text COLLATE "C" NOT NULL,
  key         text COLLATE "C" NOT NULL,
  fingerprint bytea       NOT NULL,
  commands    json        NOT NULL, -- json keeps the text as it was sent; nothing ever looks inside
  created_at  timestamptz NOT NULL DEFAULT now(),
  produced_at timestamptz,
  PRIMARY KEY (principal, key)
);
