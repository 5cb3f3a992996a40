-- A request that waits for an order holds a slot, so that no client can occupy all executions of a function
-- (docs/decisions/0012). If its process dies and does not release the slot, the slot is free again after held_until.
CREATE TABLE wait_slots (
  principal text NOT NULL,
  slot integer NOT NULL,
  held_until timestamptz NOT NULL,
  PRIMARY KEY (principal, slot)
);
