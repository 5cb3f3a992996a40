import { log } from '../observability/logger.ts';
import type { DeadLetter } from '../orders/command.ts';

/** Logs one line per dead letter with the position of its record and the reason. */
export function logDeadLetters(requestId: string, letters: readonly DeadLetter[]): void {
  for (const { code, message, record } of letters) {
    const { topic, partition, offset } = record;
    log('warn', 'dead letter', { request_id: requestId, code, reason: message, topic, partition, offset });
  }
}
