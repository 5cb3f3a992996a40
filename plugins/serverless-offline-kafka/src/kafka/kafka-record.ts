import type { KafkaRecord } from '../delivery/kafka-event.ts';
import { extrasOf, type MessageExtras } from './kafkajs/message.ts';
import type { kafkajs } from './kafkajs/patched-kafkajs.ts';

/** Converts a kafkajs message into a record. */
export function kafkaRecord(message: kafkajs.KafkaMessage & MessageExtras): KafkaRecord {
  const { headerList, isLogAppendTime } = extrasOf(message);
  return {
    offset: Number(message.offset),
    timestampMs: Number(message.timestamp),
    timestampType: isLogAppendTime ? 'LOG_APPEND_TIME' : 'CREATE_TIME',
    key: message.key,
    value: message.value,
    headers: headerList,
  };
}
