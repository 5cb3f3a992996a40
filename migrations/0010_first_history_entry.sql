-- The entry that creates an order is a part of its row until the order changes (docs/decisions/0019). The view has these
-- entries and those of the table, so readers find every entry under the same name as before.
-- In the order of a read of the previous release, which must not be the victim of a deadlock. Its writes are repeated.
LOCK TABLE order_status_history, orders IN ACCESS EXCLUSIVE MODE;

ALTER TABLE orders ADD COLUMN created_by uuid; -- the event id of that entry; null if the entry is in the table
ALTER TABLE order_status_history RENAME TO order_history_entries;

CREATE VIEW order_status_history AS
  SELECT order_id, event_id, event_type, version, status, status_reason, at FROM order_history_entries
  UNION ALL
  SELECT order_id, created_by, 'order.created', version, status, status_reason, updated_at FROM orders
  WHERE created_by IS NOT NULL;

-- With the privileges of their owner, because the functions' role may only use the view.
CREATE FUNCTION insert_history_entry() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO public.order_history_entries (order_id, event_id, event_type, version, status, status_reason, at)
  VALUES (NEW.order_id, NEW.event_id, NEW.event_type, NEW.version, NEW.status, NEW.status_reason, NEW.at);
  RETURN NEW;
END $$;
CREATE TRIGGER insert_history_entry INSTEAD OF INSERT ON order_status_history
  FOR EACH ROW EXECUTE FUNCTION insert_history_entry();

-- A change overwrites the first state of an order, so its entry moves to the table, whichever release writes the change.
CREATE FUNCTION keep_first_history_entry() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO public.order_history_entries (order_id, event_id, event_type, version, status, status_reason, at)
  VALUES (OLD.order_id, OLD.created_by, 'order.created', OLD.version, OLD.status, OLD.status_reason, OLD.updated_at);
  NEW.created_by := NULL;
  RETURN NEW;
END $$;
CREATE TRIGGER keep_first_history_entry BEFORE UPDATE ON orders
  FOR EACH ROW WHEN (OLD.created_by IS NOT NULL)
  EXECUTE FUNCTION keep_first_history_entry();

-- Triggers need no privilege to run. With it, every role could write history through a trigger of its own.
REVOKE EXECUTE ON FUNCTION insert_history_entry(), keep_first_history_entry() FROM PUBLIC;

-- The functions of the previous release go on using this name while the deployment runs.
DO $$
DECLARE
  held record;
BEGIN
  FOR held IN
    SELECT grantee::regrole AS role, privilege_type AS privilege FROM pg_class, aclexplode(relacl)
    WHERE pg_class.oid = 'order_history_entries'::regclass AND grantee NOT IN (0, relowner)
  LOOP
    EXECUTE format('REVOKE %s ON order_history_entries FROM %s', held.privilege, held.role);
    IF held.privilege IN ('SELECT', 'INSERT') THEN
      EXECUTE format('GRANT %s ON order_status_history TO %s', held.privilege, held.role);
    END IF;
  END LOOP;
END $$;
