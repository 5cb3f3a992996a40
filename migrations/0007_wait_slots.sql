-- Who waits for an order holds a slot, so that no client can occupy all executions of a function (docs/decisions/0012).
-- A slot that was not given back, because its process died, is free again after held_until.
CREATE TABLE wait_slots (
  principal text NOT NULL,
  slot integer NOT NULL,
  held_until timestamptz NOT NULL,
  PRIMARY KEY (principal, slot)
);
