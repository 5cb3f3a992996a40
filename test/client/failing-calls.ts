import { type ClientOptions, createClient, OrderlyError } from '../../client/src/index.ts';
import { json } from './unreliable-server.ts';

export const order = { customer_id: 'customer-1', product_id: 'product-1', quantity: 2, price: 19.99 };
export const accepted = {
  order_id: 'o-1',
  status: 'PENDING',
  total_amount: 39.98,
  created_at: '2026-11-01T10:00:00.000Z',
  links: { self: '/api/orders/o-1' },
};
export const accept = json(202, accepted);

/** Short pauses, so that the tests are fast. */
export const impatient = (url: string, options: Partial<ClientOptions> = {}) =>
  createClient({ baseUrl: url, retry: { attempts: 3, baseMs: 2 }, ...options });

/** Returns the error with which a call ends. */
export async function failureOf(call: Promise<unknown>): Promise<OrderlyError> {
  const error = await call.then(
    () => new Error('The call succeeded.'),
    (reason: unknown) => reason,
  );
  if (error instanceof OrderlyError) {
    return error;
  }
  throw error;
}
