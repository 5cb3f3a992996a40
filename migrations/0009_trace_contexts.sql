-- The trace contexts of a row's orders, so that whoever publishes the row continues their traces: {order_id: traceparent}.
-- Null unless an order of the row is in a sampled trace.
ALTER TABLE outbox ADD COLUMN traceparents jsonb;

-- The traceparent header is not part of a dead letter's identity (docs/decisions/0007): the same request sent again under an
-- Idempotency-Key has another trace. The rest is the function of migration 0006.
DROP INDEX dead_letters_identity;

CREATE OR REPLACE FUNCTION letter_identity(key bytea, value bytea, headers bytea) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
  SELECT sha256(coalesce('\x01' || sha256(key), '\x00') || coalesce('\x01' || sha256(value), '\x00')
                || convert_to(coalesce(string_agg(header::text, ',' ORDER BY name COLLATE "C", place), ''), 'UTF8'))
  FROM json_array_elements(convert_from(headers, 'UTF8')::json) WITH ORDINALITY AS listed (header, place),
       regexp_replace(header::text, ',"[^"]*"\]$', '') AS name
  WHERE name NOT IN ('["event-id"', '["traceparent"')
);

-- Letters that differ only in their traceparent are one letter from now on. The open one stays, otherwise the oldest.
DELETE FROM dead_letters WHERE id IN (
  SELECT id FROM (
    SELECT id, row_number() OVER (
      PARTITION BY event_id, letter_identity(key, value, headers) ORDER BY state <> 'open', id
    ) AS copy
    FROM dead_letters
  ) AS copies
  WHERE copy > 1
);

CREATE UNIQUE INDEX dead_letters_identity ON dead_letters (event_id, letter_identity(key, value, headers));
