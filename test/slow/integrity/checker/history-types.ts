/** Lines of a history that no record asked for: what the receiver's answers brought, under the attempt's token. */
export const OUTCOME_TYPES: ReadonlySet<string> = new Set([
  'order.fulfilled',
  'order.fulfilment_refused',
  'order.attempts_exhausted',
]);
