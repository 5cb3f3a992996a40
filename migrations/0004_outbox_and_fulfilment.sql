-- What is to be published once a transaction is committed: rows are written in it, and deleted when Kafka has
-- acknowledged their messages. Published right after the commit by whoever wrote the row; what is left, because
-- that process died or Kafka was away, by the relay.
CREATE TABLE outbox (
  id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  created_at      timestamptz NOT NULL,
  -- order_status: orders reached versions, one row per batch; the events are rebuilt from the history
  -- dead_letter:  a copy of one letter for orders.dlq
  -- redrive:      letters whose records go to their topic again, in this order
  kind            text        NOT NULL CHECK (kind IN ('order_status', 'dead_letter', 'redrive')),
  order_ids       text[],
  versions        integer[],  -- of order_ids; for redrive: what order.retry_requested expects, or null per letter
  dead_letter_ids bigint[],
  set_aside_at    timestamptz, -- it cannot be published, and blocks nobody; error says why
  error           text
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000); -- a queue: nearly all rows are dead

-- Orders that wait for the outcome of their fulfilment by webhook, and those whose attempts are exhausted: with
-- the record that created them, which becomes a dead letter if the receiver never answers.
CREATE TABLE fulfilment_attempts (
  order_id        text COLLATE "C" PRIMARY KEY,
  attempts        integer     NOT NULL DEFAULT 0, -- calls begun, ever
  retried_after   integer     NOT NULL DEFAULT 0, -- of these, calls before the last order.retry_requested
  waiting_since   timestamptz NOT NULL,           -- attempts are given up by their age
  next_attempt_at timestamptz,                    -- due from then on; under a lease, when that ends; null: exhausted
  lease_token     uuid,                           -- who called last; only that one may write the outcome
  last_error      text,
  topic           text        NOT NULL,
  partition       integer     NOT NULL,
  "offset"        bigint      NOT NULL,
  timestamp_ms    numeric(19) NOT NULL,
  key             bytea,
  value           bytea,
  headers         bytea       NOT NULL
);
CREATE INDEX fulfilment_attempts_due ON fulfilment_attempts (next_attempt_at) WHERE next_attempt_at IS NOT NULL;

-- A letter is open until somebody redrives or discards it. Refused again, a redriven one is open again: the same
-- letter is one with the same event_id and the same bytes, wherever in Kafka its record stands.
ALTER TABLE dead_letters
  ADD COLUMN state      text        NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'redriven', 'discarded')),
  ADD COLUMN refusals   integer     NOT NULL DEFAULT 1, -- how often it has become open
  ADD COLUMN changed_at timestamptz NOT NULL DEFAULT now();
CREATE INDEX dead_letters_by_event ON dead_letters (event_id);
-- By the key's hash, since a key may be longer than an index can hold; with the id, since many letters may have one key.
CREATE INDEX dead_letters_open_by_key ON dead_letters (sha256(key), id) WHERE state = 'open';

-- A process that is frozen or cut off in the middle of a transaction would keep its locks, and hold up a partition or
-- the relay. Between two statements of ours are 5 seconds at the most.
DO $$ BEGIN
  EXECUTE format('ALTER ROLE CURRENT_USER IN DATABASE %I SET idle_in_transaction_session_timeout = ''15s''', current_database());
END $$;

-- Admin actions are audited too: what they were done to, as JSON.
ALTER TABLE audit_log ADD COLUMN details json;
