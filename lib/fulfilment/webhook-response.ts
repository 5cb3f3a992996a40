import * as z from 'zod';
import { sanitizeMessage } from '../errors/orderly-error.ts';
import type { CallResult } from './attempt.ts';

/** The reason in a response: `reason`, or the fields of a problem (RFC 9457). */
export const rejectionSchema = z.object({
  reason: z.string().optional().catch(undefined),
  detail: z.string().optional().catch(undefined),
  title: z.string().optional().catch(undefined),
});

const CONFLICT = 409;
const UNPROCESSABLE = 422;

/**
 * Returns the result of a call from its HTTP response. 2xx means fulfilled, 409 and 422 mean rejected. Every other
 * status, including a redirect, is retryable. Customers read the reason: at most 500 characters.
 */
export function readResponse(status: number, body: string): CallResult {
  if (status >= 200 && status < 300) {
    return { kind: 'fulfilled' };
  }
  if (status === CONFLICT || status === UNPROCESSABLE) {
    return { kind: 'rejected', reason: reasonIn(body) ?? `rejected by the fulfilment with status ${status}` };
  }
  return { kind: 'retryable', reason: `the receiver responded with status ${status}` };
}

function reasonIn(body: string): string | undefined {
  const { reason, detail, title } = rejectionSchema.safeParse(parseJson(body)).data ?? {};
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
