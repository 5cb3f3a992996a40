-- The permits of each principal in its current window (docs/operations.md#limits-per-principal). A process takes several
-- permits at a time. granted is the size of the last lease: the statement that takes it returns it.
-- No updated column has an index, so that a page with free space makes every update a HOT update.
-- Unlogged, so that a lease does not wait for the disk: processes that lease permits of one principal wait for one row. A crash of
-- the server may empty the table, which only begins the current minute anew.
CREATE UNLOGGED TABLE rate_limit_leases (
  principal text PRIMARY KEY,
  window_start timestamptz NOT NULL,
  leased integer NOT NULL,
  granted integer NOT NULL
) WITH (fillfactor = 50);
