import { setTimeout as delay } from 'node:timers/promises';
import type { kafkajs } from '../../../../lib/kafka/kafkajs/patched-kafkajs.ts';
import type { Journal } from '../journal.ts';
import { tryApi } from './api-client.ts';
import { oddHeaders } from './odd-headers.ts';
import { PlainProducer } from './plain-producer.ts';
import type { LoadPlan, PlainCommand, PlannedRequest } from './planned-load.ts';
import { poisonMessages } from './poison.ts';

export interface LoadTarget {
  /** The current URLs: a killed process may restart at another one, or not at all. */
  readonly apiUrls: () => readonly string[];
  readonly brokers: readonly string[];
  readonly journal: Journal;
  /** Ends the run. Nothing is sent afterwards. */
  readonly signal: AbortSignal;
  /** Commands per second. */
  readonly ratePerSecond?: number;
}

const CONCURRENT_REQUESTS = 64;
const PAUSE_AFTER_FAILURE_MS = 200;
/** Maximum delay of a timer. A longer delay comes from an outage. */
const CAUGHT_UP_MS = 100;

/**
 * Sends the planned requests, and repeats each, unchanged, until it is acknowledged. The rate is also the maximum: the
 * load does not catch up after an outage. Rejects when `signal` aborts.
 */
export async function runLoad(plan: Pick<LoadPlan, 'requests'>, target: LoadTarget): Promise<void> {
  const { journal, signal, ratePerSecond = 500 } = target;
  using producer = new PlainProducer(target.brokers);
  const underWay = new Set<Promise<void>>();
  const sendingOf = new Map<string, Promise<void>>();
  let failure: { readonly error: unknown } | undefined;
  const pace = createPace(ratePerSecond);
  let apiTurn = 0;

  const tryRoute = (request: PlannedRequest): Promise<boolean> | false => {
    if (request.route === 'plain') {
      return tryPlain(producer, request, journal);
    }
    const urls = target.apiUrls();
    apiTurn += 1;
    const url = urls[apiTurn % urls.length];
    return url !== undefined && tryApi(url, request, journal);
  };
  const tryOnce = async (request: PlannedRequest): Promise<boolean> => {
    journal.requestsInFlight += 1;
    try {
      return await tryRoute(request);
    } finally {
      journal.requestsInFlight -= 1;
    }
  };
  const send = async (request: PlannedRequest): Promise<void> => {
    if (request.route === 'cancel') {
      await Promise.all(request.commands.map(({ orderId }) => sendingOf.get(orderId)));
    }
    try {
      while (!signal.aborted && !failure && !(await tryOnce(request))) {
        await delay(PAUSE_AFTER_FAILURE_MS);
      }
    } catch (error) {
      failure ??= { error };
    }
  };

  for (const request of plan.requests) {
    if (signal.aborted || failure) {
      break;
    }
    const sending = send(request).finally(() => underWay.delete(sending));
    underWay.add(sending);
    for (const { id } of request.commands) {
      sendingOf.set(id, sending);
    }
    await pace(request.commands.length);
    while (underWay.size >= CONCURRENT_REQUESTS) {
      await Promise.race(underWay);
    }
  }
  await Promise.all(underWay);
  signal.throwIfAborted();
  if (failure) {
    throw failure.error;
  }
}

/** Returns a function that waits, after so many commands, until the next request may start. */
function createPace(ratePerSecond: number): (commands: number) => Promise<void> {
  let dueAt = performance.now();
  return async (commands) => {
    const now = performance.now();
    dueAt = Math.max(dueAt, now - CAUGHT_UP_MS) + (commands * 1_000) / ratePerSecond;
    if (dueAt > now) {
      await delay(dueAt - now);
    }
  };
}

async function tryPlain(
  producer: PlainProducer,
  { commands, compression }: Extract<PlannedRequest, { route: 'plain' }>,
  journal: Journal,
): Promise<boolean> {
  try {
    await producer.send(commands.flatMap(messagesOf), compression);
  } catch (error) {
    journal.fail(Error.isError(error) ? error.name : String(error));
    return false;
  }
  journal.acknowledge(commands.map(({ id }) => id));
  return true;
}

function messagesOf(command: PlainCommand): kafkajs.Message[] {
  switch (command.kind) {
    case 'poison':
      return poisonMessages(command.poison, command.key).map((message) => ({ key: command.key, ...message }));
    case 'plain cancel': {
      const { orderId, eventType, headers } = command;
      const value = JSON.stringify({ order_id: orderId });
      return [{ key: orderId, value, headers: { 'event-type': eventType, ...oddHeaders[headers](orderId) } }];
    }
    default: {
      const { order, headers } = command;
      const message = { key: order.order_id, value: JSON.stringify(order) };
      return [headers === undefined ? message : { ...message, headers: oddHeaders[headers](order.order_id) }];
    }
  }
}
