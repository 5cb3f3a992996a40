import { OrderlyError, sanitizeMessage } from '../errors/orderly-error.ts';
import type { DeadLetter } from '../orders/command.ts';
import type { OrderCommands, WrittenBatch } from './batch-writer.ts';

/** Writes orders and letters in one transaction of their own, or nothing. */
export type Write = (
  orders: readonly OrderCommands[],
  deadLetters: readonly DeadLetter[],
) => Promise<WrittenBatch>;

/** So many orders are not all bad by chance: then it is not the orders' fault. */
export const SYSTEMIC_FAILURE_THRESHOLD = 10;

/** One bad order among a thousand is found in ten steps; a database that is too slow for them needs much smaller parts. */
const PARTS_AFTER_REJECTION = 2;
const PARTS_AFTER_TIMEOUT = 8;

interface FailedOrder {
  readonly order: OrderCommands;
  readonly error: unknown;
}

/**
 * Writes a batch in one transaction. When it is refused for something in it, the batch is halved, and each half
 * again, until what is refused is single orders: their records become dead letters, the others are written. When
 * the database is too slow for the whole, it is written in parts too, so that every delivery comes further than the one before.
 *
 * Throws when every order of more than ten is refused, and then nothing is written; and when the database is
 * away or the time is over, and then the first of the orders may be: the batch is delivered again, which changes nothing twice.
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

/** An error of ours says that the server is away or the program wrong; what nobody foresaw may be one order's. */
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
