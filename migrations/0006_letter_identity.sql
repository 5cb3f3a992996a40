-- A dead letter is an event id with a key, a value and headers (docs/decisions/0007). The event-id headers do not count,
-- because event_id stands for them, nor does the order of different names, which a redrive does not keep.
-- Names stay as JSON text, because a name may contain \u0000, which PostgreSQL's text cannot. One hash, so that an index
-- finds a letter even if all letters have the same event id.
CREATE FUNCTION letter_identity(key bytea, value bytea, headers bytea) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
  SELECT sha256(coalesce('\x01' || sha256(key), '\x00') || coalesce('\x01' || sha256(value), '\x00')
                || convert_to(coalesce(string_agg(header::text, ',' ORDER BY name COLLATE "C", place), ''), 'UTF8'))
  FROM json_array_elements(convert_from(headers, 'UTF8')::json) WITH ORDINALITY AS listed (header, place),
       regexp_replace(header::text, ',"[^"]*"\]$', '') AS name
  WHERE name <> '["event-id"'
);

-- Two processes with the same batch may have inserted a letter twice. From now on the index prevents that.
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
DROP INDEX dead_letters_by_event; -- the new one begins with the same column

-- A topic that was deleted and created again may have another record at the same place with the same timestamp.
ALTER TABLE dead_letters DROP CONSTRAINT dead_letters_topic_partition_offset_timestamp_ms_key;

-- The same event id on behalf of two customers is two attempts, and each is noted.
ALTER TABLE audit_log
  DROP CONSTRAINT audit_log_order_id_event_id_key,
  ADD UNIQUE (order_id, event_id, actor);
