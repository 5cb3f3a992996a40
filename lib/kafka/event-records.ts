import type { MSKEvent } from 'aws-lambda';
import type { KafkaRecord } from '../orders/command.ts';

/**
 * Returns the records of a Lambda Kafka event as bytes, in offset order within each partition.
 *
 * A null key or value arrives as an absent field or as null. Header bytes arrive as Java's signed bytes, which
 * `Buffer.from` converts correctly. Source: https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html
 */
export function recordsOf(event: MSKEvent): KafkaRecord[] {
  return Object.values(event.records).flatMap((records) =>
    records
      .map(
        ({ topic, partition, offset, timestamp, key, value, headers }): KafkaRecord => ({
          topic,
          partition,
          offset,
          timestamp,
          key: bytes(key),
          value: bytes(value),
          headers: (headers ?? []).flatMap((header) =>
            Object.entries(header).map(
              ([name, signedBytes]) => [name, Buffer.from(signedBytes ?? [])] as const,
            ),
          ),
        }),
      )
      .sort((a, b) => a.offset - b.offset),
  );
}

function bytes(base64: string | null | undefined): Buffer | null {
  return base64 == null ? null : Buffer.from(base64, 'base64');
}
