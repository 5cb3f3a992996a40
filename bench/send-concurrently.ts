/** Sends a message, and resolves when Kafka has acknowledged it. */
export type Send = (key: string, value: unknown) => Promise<unknown>;

const BATCH = 500;

/** Sends messages from concurrent senders, each waiting for its acknowledgement. Returns the messages per second. */
export async function sendConcurrently(send: Send, senders: number, messages: number): Promise<number> {
  let sent = 0;
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: senders }, async () => {
      while (sent < messages) {
        sent += 1;
        await sendOrder(send, sent);
      }
    }),
  );
  return (messages / (performance.now() - startedAt)) * 1_000;
}

/** Sends messages in batches of 500, one batch after the other. Returns the messages per second. */
export async function sendInBatches(send: Send, messages: number): Promise<number> {
  const startedAt = performance.now();
  for (let first = 0; first < messages; first += BATCH) {
    const size = Math.min(BATCH, messages - first);
    await Promise.all(Array.from({ length: size }, (_, index) => sendOrder(send, first + index)));
  }
  return (messages / (performance.now() - startedAt)) * 1_000;
}

/** Sends an order of 300 bytes. */
function sendOrder(send: Send, index: number): Promise<unknown> {
  const order = {
    order_id: `0199f1a2-7b3c-7d4e-8f50-${String(index).padStart(12, '0')}`,
    customer_id: 'customer-0123456789',
    product_id: 'product-0123456789',
    quantity: 3,
    price: 19.99,
    total_amount: 59.97,
    status: 'PENDING',
    created_at: '2026-11-01T10:00:00.000Z',
  };
  return send(order.order_id, order);
}
