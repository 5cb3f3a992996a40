import type { KafkaRecord } from '../../src/delivery/kafka-event.ts';

/** Returns records with these offsets and values like `value 7`. */
export function records(...offsets: number[]): KafkaRecord[] {
  return offsets.map((offset) => aRecord(offset));
}

export function aRecord(offset: number, parts: Partial<KafkaRecord> = {}): KafkaRecord {
  return {
    offset,
    timestampMs: 1_700_000_000_000,
    timestampType: 'CREATE_TIME',
    key: null,
    value: Buffer.from(`value ${offset}`),
    headers: [],
    ...parts,
  };
}

/** Returns the offsets from 0 to `count - 1`. */
export const upTo = (count: number): number[] => Array.from({ length: count }, (_, offset) => offset);
