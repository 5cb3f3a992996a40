import type { Values } from './gauges.ts';

/** Reads some gauges at once. */
export interface GaugeReader<Name extends string> {
  readonly of: readonly Name[];
  readonly read: () => Promise<Values<Name>>;
}

/** Told of a reader that failed. */
export type OnUnread = (names: readonly string[], error: unknown) => void;

/** One after the other, since they share a connection. One that fails keeps none of the others. Never rejects. */
export async function readGauges<Name extends string>(
  readers: readonly GaugeReader<Name>[],
  onUnread: OnUnread,
): Promise<Values<Name>> {
  const values: Values<Name>[] = [];
  for (const { of, read } of readers) {
    try {
      values.push(await read());
    } catch (error) {
      onUnread(of, error);
    }
  }
  return Object.assign({}, ...values);
}
