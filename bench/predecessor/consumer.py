"""The consumers: `python consumer.py each|batch|same` stores the orders of the topic until SIGTERM.

each   one transaction per message, into one table
batch  up to 500 messages per transaction, into one table
same   the work of process-orders before migration 0010, with two rows per new order: order, first history entry, outbox and
       status events, 500 messages per transaction
"""

import os
import signal
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime

import psycopg
from kafka import KafkaProducer
from kafka.consumer.fetcher import ConsumerRecord
from kafka_clients import create_consumer, create_producer
from order import Order

Store = Callable[[psycopg.Connection, list[ConsumerRecord]], None]

MAX_RECORDS = 500

INSERT_ORDER = """
    INSERT INTO orders (order_id, customer_id, product_id, quantity, price, total_amount, status, created_at)
    VALUES (%s, %s, %s, %s, %s, %s, 'COMPLETED', %s)
    ON CONFLICT (order_id) DO NOTHING"""


def order_values(record: ConsumerRecord) -> tuple:
    order = Order.model_validate_json(record.value)
    return (
        order.order_id,
        order.customer_id,
        order.product_id,
        order.quantity,
        order.price,
        order.total_amount,
        order.created_at,
    )


def store_each(database: psycopg.Connection, records: list[ConsumerRecord]) -> None:
    for record in records:
        database.execute(INSERT_ORDER, order_values(record))  # autocommit


# A plain COPY took less CPU time than executemany and than unnest, see README.md.
CREATE_RECEIVED = """
    CREATE TEMPORARY TABLE received (
      order_id text, customer_id text, product_id text, quantity integer, price numeric, total_amount numeric,
      created_at timestamptz, event_id uuid
    ) ON COMMIT DELETE ROWS"""

INSERT_BATCH = """
    INSERT INTO orders (order_id, customer_id, product_id, quantity, price, total_amount, status, created_at)
    SELECT order_id, customer_id, product_id, quantity, price, total_amount, 'COMPLETED', created_at FROM received
    ORDER BY order_id
    ON CONFLICT (order_id) DO NOTHING"""


def copy_received(database: psycopg.Connection, columns: str, rows: list[tuple]) -> None:
    with database.cursor() as cursor, cursor.copy(f"COPY received ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


ORDER_COLUMNS = "order_id, customer_id, product_id, quantity, price, total_amount, created_at"


def store_batch(database: psycopg.Connection, records: list[ConsumerRecord]) -> None:
    with database.transaction():
        copy_received(database, ORDER_COLUMNS, [order_values(record) for record in records])
        database.execute(INSERT_BATCH)


# One statement and one outbox row per batch, as process-orders.
INSERT_SAME = """
    WITH inserted AS (
      INSERT INTO orders (order_id, customer_id, product_id, quantity, price_cents, total_cents, status, version,
                          created_at, updated_at)
      SELECT order_id, customer_id, product_id, quantity, price * 100, total_amount * 100, 'COMPLETED', 1,
             created_at, %(now)s
      FROM received ORDER BY order_id
      ON CONFLICT (order_id) DO NOTHING
      RETURNING order_id, customer_id
    ), written AS (
      INSERT INTO order_status_history (order_id, event_id, event_type, version, status, at)
      SELECT order_id, event_id, 'order.created', 1, 'COMPLETED', %(now)s FROM received JOIN inserted USING (order_id)
    ), enqueued AS (
      INSERT INTO outbox (created_at, kind, order_ids, versions)
      SELECT %(now)s, 'order_status', array_agg(order_id), array_agg(1) FROM inserted HAVING count(*) > 0
      RETURNING id
    )
    SELECT enqueued.id, inserted.order_id, inserted.customer_id FROM inserted, enqueued"""


def store_same(producer: KafkaProducer, status_topic: str) -> Store:
    def store(database: psycopg.Connection, records: list[ConsumerRecord]) -> None:
        now = datetime.now(UTC)
        rows = [(*order_values(record), event_id(record)) for record in records]
        with database.transaction():
            copy_received(database, f"{ORDER_COLUMNS}, event_id", rows)
            inserted = database.execute(INSERT_SAME, {"now": now}).fetchall()
        if inserted:
            publish(inserted, now)
            database.execute("DELETE FROM outbox WHERE id = %s", (inserted[0][0],))

    def publish(inserted: list[tuple], now: datetime) -> None:
        at = now.isoformat(timespec="milliseconds")
        sent = [
            producer.send(
                status_topic,
                key=order_id,
                value={
                    "order_id": order_id,
                    "customer_id": customer_id,
                    "version": 1,
                    "status": "COMPLETED",
                    "status_reason": None,
                    "at": at,
                },
            )
            for _, order_id, customer_id in inserted
        ]
        for message in sent:
            message.get(timeout=30)

    return store


def event_id(record: ConsumerRecord) -> str:
    return dict(record.headers)["event-id"].decode()


def consume(store: Store) -> None:
    """Stores what Kafka delivers, and commits the offsets afterwards."""
    stopped = False

    def stop(*_: object) -> None:
        nonlocal stopped
        stopped = True

    signal.signal(signal.SIGTERM, stop)
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as database, closing(create_consumer()) as consumer:
        database.execute(CREATE_RECEIVED)
        is_ready = False
        while not stopped:
            polled = consumer.poll(timeout_ms=200, max_records=MAX_RECORDS)
            if not is_ready and consumer.assignment():
                print("ready", flush=True)
                is_ready = True
            records = [record for partition in polled.values() for record in partition]
            if records:
                store(database, records)
                consumer.commit()


match sys.argv[1]:
    case "each":
        consume(store_each)
    case "batch":
        consume(store_batch)
    case "same":
        with closing(create_producer()) as producer:
            consume(store_same(producer, os.environ["STATUS_TOPIC"]))
