import { OrderlyError, sanitizeMessage } from '../errors/orderly-error.ts';
import type { DeadLetter } from '../orders/command.ts';
import type { OrderCommands, WrittenBatch } from './batch-writer.ts';

/** Writes orders and letters in one transaction. */
export type Write = (
  orders: readonly OrderCommands[],
  deadLetters: readonly DeadLetter[],
) => Promise<WrittenBatch>;

/** If more than this many orders all fail, the cause is systemic. */
export const SYSTEMIC_FAILURE_THRESHOLD = 10;

/** Halving finds one bad order among a thousand in ten steps. A slow database needs much smaller parts. */
const PARTS_AFTER_REJECTION = 2;
const PARTS_AFTER_TIMEOUT = 8;

interface FailedOrder {
  readonly order: OrderCommands;
  readonly error: unknown;
}

/**
 * Writes a batch in one transaction. If PostgreSQL rejects it, bisects the batch until single orders fail: their
 * records become dead letters and the others are written. If the database is too slow for the whole batch, writes
 * it in parts, so that each delivery makes progress.
 *
 * Throws and writes nothing if every order of more than ten is rejected. Also throws when the database is
 * unavailable or the time is over. Some orders may already be written, which is safe: the event source delivers the
 * batch again.
 */
export async function bisectBatch(
  orders: readonly OrderCommands[],
  deadLetters: readonly DeadLetter[],
  write: Write,
): Promise<WrittenBatch> {
  try {
    return await write(orders, deadLetters);
  } catch (error) {
    throwUnlessBisectable(orders, error);
    return writeParts(split(orders, error), deadLetters, write);
  }
}

async function writeParts(
  parts: (readonly OrderCommands[])[],
  deadLetters: readonly DeadLetter[],
  write: Write,
): Promise<WrittenBatch> {
  const written: WrittenBatch[] = [];
  const failed: FailedOrder[] = [];
  for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
    try {
      written.push(await write(part, []));
    } catch (error) {
      throwUnlessBisectable(part, error);
      const [order] = part;
      if (order !== undefined && part.length === 1) {
        failed.push({ order, error });
      } else {
        parts.unshift(...split(part, error));
      }
    }
  }
  if (written.length === 0 && failed.length > SYSTEMIC_FAILURE_THRESHOLD) {
    throw failed[0]?.error;
  }
  written.push(await write([], [...deadLetters, ...failed.flatMap(lettersOf)]));
  return written.reduce(sum);
}

function split(orders: readonly OrderCommands[], error: unknown): (readonly OrderCommands[])[] {
  const parts = isTimeout(error) ? PARTS_AFTER_TIMEOUT : PARTS_AFTER_REJECTION;
  const size = Math.max(1, Math.ceil(orders.length / parts));
  return Array.from({ length: Math.ceil(orders.length / size) }, (_, index) =>
    orders.slice(index * size, (index + 1) * size),
  );
}

/** An OrderlyError is a failure of the server or the program. An unexpected error may be caused by one order. */
function throwUnlessBisectable(orders: readonly OrderCommands[], error: unknown): void {
  const isBisectable = isTimeout(error)
    ? orders.length > 1
    : !(error instanceof OrderlyError) || error.code === 'database_refused';
  if (!isBisectable) {
    throw error;
  }
}

const isTimeout = (error: unknown): boolean =>
  error instanceof OrderlyError && error.code === 'database_timeout';

function lettersOf({ order, error }: FailedOrder): DeadLetter[] {
  const code = error instanceof OrderlyError ? 'database_refused' : 'internal_error';
  const message = sanitizeMessage(Error.isError(error) ? error.message : String(error));
  return order.commands.map(({ record }) => ({ code, message, record }));
}

function sum(a: WrittenBatch, b: WrittenBatch): WrittenBatch {
  return {
    created: a.created + b.created,
    updated: a.updated + b.updated,
    deadLetters: [...a.deadLetters, ...b.deadLetters],
    outbox: [...a.outbox, ...b.outbox],
  };
}
