import { randomUUID } from 'node:crypto';
import type { Clock } from '../../time/clock.ts';
import type { IncomingRequest } from '../flow-events.ts';

/** Decides about a request without a caller's decision. Returns the id of its trace; undefined if it is not sampled. */
export type Sampler = (request: Pick<IncomingRequest, 'method' | 'route'>) => string | undefined;

/** The limit without a ratio, so that tracing costs little under load. */
export const NEW_TRACES_PER_SECOND = 20;
/** The part of the limit that reads can use: a client that polls must not take the traces of the orders. */
export const READS_PER_SECOND = 5;

/** Health checks, scrapes, documentation and unknown paths would use up the traces of requests about orders. */
const tracedRoute = /^[A-Z]+ \/api\/(?!(health|metrics)$)/;

/** The last 56 bits of an id are random. The first 52 of them are 13 digits, which a number holds exactly. */
const RANDOM_DIGITS = 13;
const RANDOM_VALUES = 16 ** RANDOM_DIGITS;

/**
 * Creates a sampler. With a ratio from 0 to 1, it samples that share of the requests, by the ids of their traces. Without
 * one, it samples at most 20 requests in each second.
 */
export function createSampler(ratio: number | undefined, clock: Clock): Sampler {
  const takePlace = limitPerSecond(clock);
  return ({ method, route }) => {
    if (!tracedRoute.test(route)) {
      return undefined;
    }
    // Node reads random bytes for 128 UUIDs at once; its digits of version and variant are not among the last 56 bits.
    const traceId = randomUUID().replaceAll('-', '');
    const isSampled = ratio === undefined ? takePlace(method === 'GET') : isInRatio(traceId, ratio);
    return isSampled ? traceId : undefined;
  };
}

/**
 * Compares the random digits of the id with the ratio, as other samplers do, so that all services decide alike:
 * https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/
 */
function isInRatio(traceId: string, ratio: number): boolean {
  return Number.parseInt(traceId.slice(-RANDOM_DIGITS - 1, -1), 16) >= (1 - ratio) * RANDOM_VALUES;
}

function limitPerSecond(clock: Clock): (isRead: boolean) => boolean {
  let second = Number.NaN;
  let left = 0;
  let leftForReads = 0;
  return (isRead) => {
    const now = Math.floor(clock() / 1_000);
    if (now !== second) {
      second = now;
      left = NEW_TRACES_PER_SECOND;
      leftForReads = READS_PER_SECOND;
    }
    if (left === 0 || (isRead && leftForReads === 0)) {
      return false;
    }
    left -= 1;
    leftForReads -= isRead ? 1 : 0;
    return true;
  };
}
