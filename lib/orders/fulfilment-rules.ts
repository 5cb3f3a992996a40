import type { OrderContent } from './order.ts';

/** The end state of an order. The reason becomes `status_reason`, which the customer reads. */
export type Outcome =
  | { readonly status: 'COMPLETED' }
  | { readonly status: 'FAILED'; readonly reason: string };

/** The first state of a new order: an end state, or PROCESSING until the outcome is known. */
export type InitialStatus = Outcome | { readonly status: 'PROCESSING' };

export type FulfilmentPolicy = (order: OrderContent) => InitialStatus;

/**
 * Returns the outcome of an order. It must be pure: it runs inside the database transaction and runs again on a
 * retry. If it throws, the order becomes a dead letter `internal_error`.
 */
export type FulfilmentRules = (order: OrderContent) => Outcome;

/** Write your own business rules here. By default, every accepted order is completed. */
export const decideByRules: FulfilmentRules = () => ({ status: 'COMPLETED' });

/** Leaves every order in PROCESSING until the receiver behind `FULFILMENT_URL` responds. Makes no call itself. */
export const awaitWebhook: FulfilmentPolicy = () => ({ status: 'PROCESSING' });
