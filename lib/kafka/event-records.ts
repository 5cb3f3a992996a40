import type { MSKEvent } from 'aws-lambda';
import type { KafkaRecord } from '../orders/command.ts';

/**
 * The records of a Lambda Kafka event as bytes, ascending by offset within each partition.
 * Shape: https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html. Keys and values that Kafka holds as
 * null arrive as absent (or null) fields; header bytes are signed (Java), which `Buffer.from` wraps rightly.
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
