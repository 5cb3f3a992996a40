"""Writes predecessor-records.json: records byte for byte as the predecessor's producer sends them.

    python3.11 -m venv venv
    venv/bin/pip install pydantic==2.14.3 kafka-python==2.0.2
    venv/bin/python test/migration/make-predecessor-records.py

The predecessor validates with pydantic, writes JSON and hands it to kafka-python with the order id as key and
without headers. Needs no broker: the serializers and kafka-python's default partitioner are called directly.
"""

import inspect
import json
from datetime import datetime, timedelta, timezone
from enum import Enum
from importlib.metadata import version
from pathlib import Path
from uuid import UUID

from kafka.partitioner import DefaultPartitioner
from pydantic import BaseModel, Field, computed_field, field_validator

PARTITIONS = 6


class OrderStatus(str, Enum):
    PENDING = "PENDING"
    PROCESSING = "PROCESSING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class Order(BaseModel):
    order_id: str
    customer_id: str
    product_id: str
    quantity: int = Field(gt=0)
    price: float = Field(gt=0)
    status: OrderStatus = OrderStatus.PENDING
    created_at: datetime = Field(default_factory=datetime.now)

    @field_validator("order_id", "customer_id", "product_id")
    @classmethod
    def not_blank(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("must not be blank")
        return value.strip()

    @computed_field
    @property
    def total_amount(self) -> float:
        return self.quantity * self.price


# Three ways from the model to JSON; which one a deployment uses shows in its times and in non-ASCII text.
def dumped_mode_json(order: Order) -> bytes:
    return json.dumps(order.model_dump(mode="json")).encode("utf-8")


def dumped_default_str(order: Order) -> bytes:
    return json.dumps(order.model_dump(), default=str).encode("utf-8")


def pydantic_json(order: Order) -> bytes:
    return order.model_dump_json().encode("utf-8")


def dumped_without_time(order: Order) -> bytes:
    return json.dumps(order.model_dump(mode="json", exclude={"created_at"})).encode("utf-8")


MICROSECONDS = datetime(2026, 11, 1, 10, 0, 0, 123456)
FIRST_ID = str(UUID("6f9619ff-8b86-4d01-b42d-00cf4fc964ff"))


def uuid4_like(number: int) -> str:
    """The form of the predecessor's default ids, the same in each run."""
    return str(UUID(int=0x5E1C8F0A2B3D4C5E_9F00000000000000 + number, version=4))


CASES = [
    ("default id and microseconds", dict(order_id=FIRST_ID, quantity=3, price=19.99), dumped_mode_json),
    ("the same order sent again", dict(order_id=FIRST_ID, quantity=3, price=19.99, created_at=MICROSECONDS + timedelta(seconds=5)), dumped_mode_json),
    ("the same id with another quantity", dict(order_id=FIRST_ID, quantity=4, price=19.99), dumped_mode_json),
    ("a time of whole seconds", dict(created_at=datetime(2026, 11, 1, 10, 0, 0)), dumped_mode_json),
    ("a time with an offset", dict(created_at=datetime(2026, 11, 1, 10, 0, 0, tzinfo=timezone(timedelta(hours=2)))), dumped_mode_json),
    ("a time in UTC", dict(created_at=datetime(2026, 11, 1, 10, 0, 0, 500000, tzinfo=timezone.utc)), dumped_mode_json),
    ("a time with a space", dict(), dumped_default_str),
    ("no time", dict(), dumped_without_time),
    ("a time before 1970", dict(created_at=datetime(1969, 12, 31, 23, 59, 59)), dumped_mode_json),
    ("a total with float noise", dict(quantity=3, price=1.1), dumped_mode_json),
    ("a price with float noise", dict(quantity=2, price=0.1 + 0.2), dumped_mode_json),
    ("a price of whole units", dict(price=10.0), dumped_mode_json),
    ("the largest price", dict(price=100_000_000.0), dumped_mode_json),
    ("a price with three decimals", dict(price=10.999), dumped_mode_json),
    ("a price with a small exponent", dict(price=1e-05), dumped_mode_json),
    ("a price with a small exponent by pydantic", dict(price=1e-05), pydantic_json),
    ("a price with a large exponent", dict(price=1e16), dumped_mode_json),
    ("an infinite price", dict(price=float("inf")), dumped_mode_json),
    ("an infinite price by pydantic", dict(price=float("inf")), pydantic_json),
    ("a huge quantity", dict(quantity=10**18, price=0.01), dumped_mode_json),
    ("a huge total", dict(quantity=1_000_000, price=100_000_000.0), dumped_mode_json),
    ("escaped Unicode", dict(customer_id="Zoë", product_id="商品-😀"), dumped_mode_json),
    ("plain Unicode", dict(customer_id="Zoë", product_id="商品-😀"), pydantic_json),
    ("an order id in Unicode", dict(order_id="bestellung-ü-1"), dumped_mode_json),
    ("an order id with a space", dict(order_id="order 17"), dumped_mode_json),
    ("a short order id", dict(order_id="ORD-001"), dumped_mode_json),
    ("a long customer id", dict(customer_id="c" * 65), dumped_mode_json),
    ("a status that is not PENDING", dict(status=OrderStatus.CANCELLED), dumped_mode_json),
]


def record(number: int, name: str, fields: dict, serialize) -> dict:
    values = dict(order_id=uuid4_like(number), customer_id="CUST-1", product_id="PROD-1", quantity=1, price=10.5, created_at=MICROSECONDS)
    order = Order(**{**values, **fields})
    key = order.order_id.encode("utf-8")
    partitions = list(range(PARTITIONS))
    return {
        "name": name,
        "serializer": serialize.__name__,
        "key": key.decode("utf-8"),
        "value": serialize(order).decode("utf-8"),
        "partition": DefaultPartitioner()(key, partitions, partitions),
    }


fixture = {
    "made_by": "test/migration/make-predecessor-records.py",
    "made_with": {name: version(name) for name in ("pydantic", "kafka-python")},
    "partitions": PARTITIONS,
    "model": inspect.getsource(Order).splitlines(),
    "records": [record(number, *case) for number, case in enumerate(CASES)],
}
path = Path(__file__).with_name("predecessor-records.json")
path.write_text(json.dumps(fixture, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
