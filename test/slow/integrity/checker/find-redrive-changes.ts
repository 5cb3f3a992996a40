import type { Observations } from './observations.ts';

type Stored = Pick<Observations, 'orders' | 'history'>;

/** Orders and lines of history that a redrive has changed, added or taken away: it may do none of these. */
export function findRedriveChanges(before: Stored, after: Stored): string[] {
  return [
    ...changes(before.orders, after.orders).map((id) => `${id}: the redrive has changed its row`),
    ...changes(before.history, after.history).map((id) => `${id}: the redrive has changed its history`),
  ];
}

/** Ids of orders with rows that are on one side only. */
function changes<Row extends { readonly orderId: string }>(
  before: readonly Row[],
  after: readonly Row[],
): string[] {
  const textOf = (row: Row): string => JSON.stringify(Object.entries(row).sort());
  const [old, now] = [new Set(before.map(textOf)), new Set(after.map(textOf))];
  const different = [
    ...before.filter((row) => !now.has(textOf(row))),
    ...after.filter((row) => !old.has(textOf(row))),
  ];
  return [...new Set(different.map(({ orderId }) => orderId))];
}
