import { OrderlyError } from '../errors.ts';
import type { OrderCommands, WrittenBatch } from './batch-writer.ts';
import { cleanMessage } from './clean-message.ts';
import type { DeadLetter } from './command.ts';

/** Writes orders and letters in one transaction of their own, or nothing. */
export type Write = (
  orders: readonly OrderCommands[],
  deadLetters: readonly DeadLetter[],
) => Promise<WrittenBatch>;

/** So many orders are not all bad by chance: then it is not the orders' fault. */
export const TOO_MANY_FOR_CHANCE = 10;

interface Refused {
  readonly order: OrderCommands;
  readonly error: unknown;
}

/**
 * Writes a batch in one transaction. When it is refused for something in it, the batch is halved, and each half
 * again, until what is refused is single orders: their records become dead letters, the others are written.
 * Throws when every order of more than ten is refused, and then nothing is written; and when the database is
 * away, and then what came before may be: the batch is delivered again, which changes nothing twice.
 */
export async function writeIsolatingRefused(
  orders: readonly OrderCommands[],
  deadLetters: readonly DeadLetter[],
  write: Write,
): Promise<WrittenBatch> {
  try {
    return await write(orders, deadLetters);
  } catch (error) {
    throwUnlessRefused(error);
  }
  const { written, refused } = await isolate(orders, write);
  if (refused.length === orders.length && orders.length > TOO_MANY_FOR_CHANCE) {
    throw refused[0]?.error;
  }
  const letters = await write([], [...deadLetters, ...refused.flatMap(lettersOf)]);
  return [...written, letters].reduce(sum);
}

async function isolate(
  orders: readonly OrderCommands[],
  write: Write,
): Promise<{ written: WrittenBatch[]; refused: Refused[] }> {
  const written: WrittenBatch[] = [];
  const refused: Refused[] = [];
  const parts = halves(orders);
  for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
    try {
      written.push(await write(part, []));
    } catch (error) {
      throwUnlessRefused(error);
      const [order] = part;
      if (order !== undefined && part.length === 1) {
        refused.push({ order, error });
      } else {
        parts.unshift(...halves(part));
      }
    }
  }
  return { written, refused };
}

function halves(orders: readonly OrderCommands[]): (readonly OrderCommands[])[] {
  const middle = Math.ceil(orders.length / 2);
  return [orders.slice(0, middle), orders.slice(middle)].filter(({ length }) => length > 0);
}

/** An error of ours says that the server is away or the program wrong; what nobody foresaw may be one order's. */
function throwUnlessRefused(error: unknown): void {
  if (error instanceof OrderlyError && error.code !== 'database_refused') {
    throw error;
  }
}

function lettersOf({ order, error }: Refused): DeadLetter[] {
  const code = error instanceof OrderlyError ? 'database_refused' : 'internal_error';
  const message = cleanMessage(Error.isError(error) ? error.message : String(error));
  return order.commands.map(({ record }) => ({ code, message, record }));
}

function sum(a: WrittenBatch, b: WrittenBatch): WrittenBatch {
  return {
    created: a.created + b.created,
    updated: a.updated + b.updated,
    deadLetters: [...a.deadLetters, ...b.deadLetters],
  };
}
