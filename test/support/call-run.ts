import type { CallRun } from '../../lib/fulfilment/call-attempts.ts';
import { fulfilmentAttempts } from '../../lib/fulfilment/fulfilment-attempts.ts';
import { createWebhook, type Webhook } from '../../lib/fulfilment/webhook.ts';
import type { Clock } from '../../lib/time/clock.ts';
import type { TestDatabase } from './database.ts';
import { SECRET } from './fulfilment-receiver.ts';

export interface TestRun extends Disposable {
  readonly run: CallRun;
  readonly nextDueAt: () => Promise<number | undefined>;
  /** Number of outbox rows that were passed on for publishing. */
  readonly publishedRows: () => number;
}

/** Creates a run as the functions do, with the real store and webhook. `claim` returns the due attempts. */
export function callRun(
  { database }: TestDatabase,
  receiver: { readonly url: string },
  clock: Clock,
  random: () => number = Math.random,
): TestRun {
  const webhook: Webhook = createWebhook({ url: receiver.url, secret: SECRET }, clock);
  const attempts = fulfilmentAttempts(database, clock, random);
  let published = 0;
  return {
    run: {
      claim: attempts.claimDue,
      call: webhook.call,
      write: attempts.write,
      release: attempts.release,
      publishCommitted: async (entries) => {
        published += entries.length;
      },
      clock,
    },
    nextDueAt: attempts.nextDueAt,
    publishedRows: () => published,
    [Symbol.dispose]: () => webhook[Symbol.dispose](),
  };
}
