import type { KafkaRecord } from '../../src/delivery/kafka-event.ts';

/** Records with these offsets. */
export function records(...offsets: number[]): KafkaRecord[] {
  return offsets.map((offset) => ({
    offset,
    timestampMs: 1_700_000_000_000,
    timestampType: 'CREATE_TIME',
    key: null,
    value: Buffer.from(`value ${offset}`),
    headers: [],
  }));
}
