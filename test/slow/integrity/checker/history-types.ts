/** History entries without a record: outcomes of the receiver's answers, under the token of the attempt. */
export const OUTCOME_TYPES: ReadonlySet<string> = new Set([
  'order.fulfilled',
  'order.fulfilment_refused',
  'order.attempts_exhausted',
]);
