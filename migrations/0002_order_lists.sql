-- One index per way of listing orders, each in the list's order (newest first by created_at, order_id), so that
-- a page with one filter reads its own rows and none before them (two filters walk one index and leave out the rest). Each makes storing an order slower by about a tenth. While
-- they are built, writes to the table wait; the orders wait in Kafka.

-- All orders, a range of time, and a status that most orders have.
CREATE INDEX orders_by_time ON orders (created_at, order_id);

-- The orders of a customer, of which a shop shows the last few all day long.
CREATE INDEX orders_by_customer ON orders (customer_id, created_at, order_id);

-- The orders of a product, among them one that has not been ordered for long.
CREATE INDEX orders_by_product ON orders (product_id, created_at, order_id);

-- What did not complete, or has not yet: few rows among many. An order that is stored COMPLETED costs nothing here.
CREATE INDEX orders_not_completed ON orders (status, created_at, order_id) WHERE status <> 'COMPLETED';
