import type { OrderCommand } from './command.ts';

/**
 * Returns a text that is equal for two commands if and only if their records are the same dead letter when both are
 * refused. `letter_identity` says the same in SQL; docs/decisions/0007 says why.
 */
export function letterIdentity({ eventId, record }: Pick<OrderCommand, 'eventId' | 'record'>): string {
  const { key, value, headers } = record;
  const byName = Map.groupBy(headers, ([name]) => name);
  byName.delete('event-id');
  return JSON.stringify([
    eventId,
    textOf(key),
    textOf(value),
    [...byName]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, same]) => [name, same.map(([, bytes]) => textOf(bytes))]),
  ]);
}

const textOf = (bytes: Buffer | null): string | null => bytes?.toString('base64') ?? null;
