"""The Kafka clients of the API and of the consumers, and the addresses that the environment gives them."""

import asyncio
import json
import os
import sys

import six

# kafka-python 2.0.2 contains a version of six whose importer Python 3.12 no longer calls.
sys.modules["kafka.vendor.six.moves"] = six.moves

from kafka import KafkaConsumer, KafkaProducer  # noqa: E402

BROKERS = os.environ["KAFKA_BROKERS"].split(",")
ORDERS_TOPIC = os.environ.get("ORDERS_TOPIC", "orders")


def create_producer() -> KafkaProducer:
    return KafkaProducer(
        bootstrap_servers=BROKERS,
        acks="all",
        key_serializer=lambda key: key.encode(),
        value_serializer=lambda value: json.dumps(value).encode(),
    )


def create_consumer() -> KafkaConsumer:
    return KafkaConsumer(
        ORDERS_TOPIC,
        bootstrap_servers=BROKERS,
        group_id="order-processing-group",
        auto_offset_reset="earliest",
        enable_auto_commit=False,  # the offsets are committed after the database
    )


async def acknowledged(sent) -> None:
    """Waits until Kafka has acknowledged a message. Raises if it was not sent."""
    loop = asyncio.get_running_loop()
    done = loop.create_future()
    sent.add_callback(lambda metadata: loop.call_soon_threadsafe(done.set_result, metadata))
    sent.add_errback(lambda error: loop.call_soon_threadsafe(done.set_exception, error))
    await done
