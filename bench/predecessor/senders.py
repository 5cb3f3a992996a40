"""Concurrent senders. Reads lines `<senders> <messages>` and `batches <messages>`, and prints the seconds of each."""

import asyncio
import sys
import time

import uvloop
from kafka_clients import ORDERS_TOPIC, acknowledged, create_producer

BATCH = 500

producer = create_producer()


def send(index: int):
    order = {
        "order_id": f"0199f1a2-7b3c-7d4e-8f50-{index:012d}",
        "customer_id": "customer-0123456789",
        "product_id": "product-0123456789",
        "quantity": 3,
        "price": 19.99,
        "total_amount": 59.97,
        "status": "PENDING",
        "created_at": "2026-11-01T10:00:00.000Z",
    }
    return producer.send(ORDERS_TOPIC, key=order["order_id"], value=order)


async def send_concurrently(senders: int, messages: int) -> None:
    """Each sender waits for the acknowledgement of its message before it sends the next one."""
    indexes = iter(range(messages))

    async def sender() -> None:
        for index in indexes:
            await acknowledged(send(index))

    await asyncio.gather(*(sender() for _ in range(senders)))


def send_batches(messages: int) -> None:
    for first in range(0, messages, BATCH):
        for sent in [send(index) for index in range(first, min(first + BATCH, messages))]:
            sent.get(timeout=30)


for line in sys.stdin:
    senders, messages = line.split()
    started_at = time.perf_counter()
    if senders == "batches":
        send_batches(int(messages))
    else:
        uvloop.run(send_concurrently(int(senders), int(messages)))
    print(time.perf_counter() - started_at, flush=True)
