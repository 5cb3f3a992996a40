"""The API: answers after Kafka has acknowledged the order. Run by uvicorn with one worker."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from kafka_clients import ORDERS_TOPIC, acknowledged, create_producer
from order import Order
from pydantic import BaseModel


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.producer = create_producer()
    yield
    app.state.producer.close()


app = FastAPI(title="Orders", lifespan=lifespan)
app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["*"], allow_headers=["*"])


class Accepted(BaseModel):
    status: str = "success"
    message: str = "Order accepted"
    order_id: str


@app.post("/api/orders/", status_code=202)
async def create_order(order: Order) -> Accepted:
    await acknowledged(send(order))
    return Accepted(order_id=order.order_id)


@app.get("/api/health")
async def health() -> dict[str, str]:
    return {"status": "healthy"}


def send(order: Order):
    return app.state.producer.send(ORDERS_TOPIC, key=order.order_id, value=order.model_dump(mode="json"))
