import type { Observations } from './observations.ts';

type Stored = Pick<Observations, 'orders' | 'history'>;

/** Finds orders and history entries that a redrive changed, added or removed. All three are violations. */
export function findRedriveChanges(before: Stored, after: Stored): string[] {
  return [
    ...changes(before.orders, after.orders).map((id) => `${id}: the redrive has changed its row`),
    ...changes(before.history, after.history).map((id) => `${id}: the redrive has changed its history`),
  ];
}

/** Returns ids of orders with a row that is only in one of the two. */
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
