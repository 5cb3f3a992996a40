import type { CallRun } from '../../lib/fulfilment/call-attempts.ts';
import { fulfilmentAttempts } from '../../lib/fulfilment/fulfilment-attempts.ts';
import { createWebhook, type Webhook } from '../../lib/fulfilment/webhook.ts';
import type { Clock } from '../../lib/time/clock.ts';
import type { TestDatabase } from './database.ts';
import { SECRET } from './fulfilment-receiver.ts';

export interface TestRun extends Disposable {
  readonly run: CallRun;
  readonly nextDueAt: () => Promise<number | undefined>;
  /** How many rows of the outbox were to be published. */
  readonly announced: () => number;
}

/** What the functions call with: the real store and the real webhook; `claim` is for what is due. */
export function callRun(
  { database }: TestDatabase,
  receiver: { readonly url: string },
  clock: Clock,
  random: () => number = Math.random,
): TestRun {
  const webhook: Webhook = createWebhook({ url: receiver.url, secret: SECRET }, clock);
  const attempts = fulfilmentAttempts(database, clock, random);
  let announced = 0;
  return {
    run: {
      claim: attempts.claimDue,
      call: webhook.call,
      write: attempts.write,
      release: attempts.release,
      publishCommitted: async (entries) => {
        announced += entries.length;
      },
      clock,
    },
    nextDueAt: attempts.nextDueAt,
    announced: () => announced,
    [Symbol.dispose]: () => webhook[Symbol.dispose](),
  };
}
