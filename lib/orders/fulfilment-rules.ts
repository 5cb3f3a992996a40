import type { OrderContent } from './order.ts';

/** How an order ends. A reason goes into `status_reason`, for the customer to read. */
export type Outcome =
  | { readonly status: 'COMPLETED' }
  | { readonly status: 'FAILED'; readonly reason: string };

/** What becomes of a new order: it ends at once, or it is PROCESSING until its outcome comes from elsewhere. */
export type InitialStatus = Outcome | { readonly status: 'PROCESSING' };

export type Fulfilment = (order: OrderContent) => InitialStatus;

/**
 * Decides an order's outcome. Pure: called inside the database transaction, and again when that repeats. An
 * order on which it throws becomes a dead letter `internal_error`.
 */
export type FulfilmentRules = (order: OrderContent) => Outcome;

/**
 * The business seam: your own rules go here, and only here. Out of the box every order that was accepted is
 * completed.
 */
export const decideByRules: FulfilmentRules = () => ({ status: 'COMPLETED' });

/** Lets every order wait for the answer of the receiver behind `FULFILMENT_URL`; nobody is called here. */
export const awaitWebhook: Fulfilment = () => ({ status: 'PROCESSING' });
