import * as z from 'zod';
import { sanitizeMessage } from '../errors/orderly-error.ts';
import type { CallResult } from './attempt.ts';

/** Says why in its own words: `reason`, or a problem of RFC 9457. */
const refusalSchema = z.object({
  reason: z.string().optional().catch(undefined),
  detail: z.string().optional().catch(undefined),
  title: z.string().optional().catch(undefined),
});

const CONFLICT = 409;
const UNPROCESSABLE = 422;

/**
 * What an answer of the receiver means. 2xx: done. 409 and 422: never. Everything else, redirects included, says nothing
 * about the order: call again. A reason is for the customer to read, at most 500 characters.
 */
export function readResponse(status: number, body: string): CallResult {
  if (status >= 200 && status < 300) {
    return { kind: 'fulfilled' };
  }
  if (status === CONFLICT || status === UNPROCESSABLE) {
    return { kind: 'rejected', reason: reasonIn(body) ?? `refused by the fulfilment with status ${status}` };
  }
  return { kind: 'retryable', reason: `the receiver answered ${status}` };
}

function reasonIn(body: string): string | undefined {
  const { reason, detail, title } = refusalSchema.safeParse(parseJson(body)).data ?? {};
  const given = [reason, detail, title].find((text) => text !== undefined && text.trim() !== '');
  return given && sanitizeMessage(given.trim());
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
