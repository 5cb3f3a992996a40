-- Who tried what without the right to. One command is noted once, however often it is delivered.
CREATE TABLE audit_log (
  id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at       timestamptz NOT NULL,
  actor    text        NOT NULL,
  action   text        NOT NULL,
  order_id text COLLATE "C",
  event_id uuid,
  UNIQUE (order_id, event_id)
);

-- order_status_history has lines of refused cancels too, written without a change of their order.

-- What runs on when nobody waits any more costs the server: a client that gives up closes its connection, which the
-- server notices within a second, and no statement of the functions has a reason to take longer than they wait.
-- Said of the role and not by the functions, because a proxy such as RDS Proxy pins sessions that set something.
DO $$ BEGIN
  EXECUTE format('ALTER ROLE CURRENT_USER IN DATABASE %I SET statement_timeout = ''20s''', current_database());
  EXECUTE format('ALTER ROLE CURRENT_USER IN DATABASE %I SET client_connection_check_interval = ''1s''', current_database());
END $$;

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
