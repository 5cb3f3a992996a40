import type { KafkaMessage } from 'kafkajs';
import type { KafkaRecord } from '../delivery/kafka-event.ts';

/**
 * A kafkajs message as a record. kafkajs gives headers as an object, so a name that repeats stands where it
 * stood first.
 */
export function kafkaRecord(message: KafkaMessage): KafkaRecord {
  return {
    offset: Number(message.offset),
    timestampMs: Number(message.timestamp),
    timestampType: isLogAppendTime(message) ? 'LOG_APPEND_TIME' : 'CREATE_TIME',
    key: message.key,
    value: message.value,
    headers: Object.entries(message.headers ?? {}).flatMap(([name, value]) =>
      [value].flat().map((one) => [name, headerBytes(one)] as const),
    ),
  };
}

const headerBytes = (value: Buffer | string | null | undefined): Buffer | null =>
  typeof value === 'string' ? Buffer.from(value) : (value ?? null);

/** There at run time but not in kafkajs' types; 1 stands for LOG_APPEND_TIME in the record batch's attributes. */
function isLogAppendTime(message: object): boolean {
  const context = 'batchContext' in message ? message.batchContext : undefined;
  return (
    typeof context === 'object' &&
    context !== null &&
    'timestampType' in context &&
    context.timestampType === 1
  );
}
