import type { Values } from '../flow-events.ts';

/** Reads several gauges together. */
export interface GaugeReader<Name extends string> {
  readonly names: readonly Name[];
  readonly read: () => Promise<Values<Name>>;
}

/** Receives the gauges that could not be read, and the error. */
export type OnUnread = (names: readonly string[], error: unknown) => void;

/**
 * Runs the readers one after another, because they share a connection. Passes the error of a failed reader to `onUnread`,
 * and continues with the next one. Never rejects.
 */
export async function readGauges<Name extends string>(
  readers: readonly GaugeReader<Name>[],
  onUnread: OnUnread,
): Promise<Values<Name>> {
  const values: Values<Name>[] = [];
  for (const { names, read } of readers) {
    try {
      values.push(await read());
    } catch (error) {
      onUnread(names, error);
    }
  }
  return Object.assign({}, ...values);
}
