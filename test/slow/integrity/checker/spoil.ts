import type { RunOnPaper } from './run-on-paper.ts';

type Tables = RunOnPaper['observations'];

/** Changes the matching rows of a table. */
export function change<Row extends object>(
  rows: Row[],
  isMeant: (row: Row) => boolean,
  parts: Partial<Row>,
): void {
  const index = rows.findIndex(isMeant);
  const row = rows[index];
  if (row === undefined) {
    throw new Error('There is no such row to spoil.');
  }
  rows[index] = { ...row, ...parts };
}

export function remove<Row>(rows: Row[], isMeant: (row: Row) => boolean): void {
  const index = rows.findIndex(isMeant);
  if (index === -1) {
    throw new Error('There is no such row to remove.');
  }
  rows.splice(index, 1);
}

export const ofOrder =
  (id: string) =>
  ({ orderId }: { orderId: string }): boolean =>
    orderId === id;

/** Removes an order and its history, but not its record. */
export function forget({ orders, history, statusEvents }: Tables, id: string): void {
  remove(orders, ofOrder(id));
  remove(history, ofOrder(id));
  remove(history, ofOrder(id));
  remove(statusEvents, ({ event }) => event?.order_id === id);
}
