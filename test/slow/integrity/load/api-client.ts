import * as z from 'zod';
import { forbidRequest } from '../../../support/log-record/log-record.ts';
import type { Journal } from '../journal.ts';
import type { PlannedRequest } from './planned-load.ts';

export type ApiRequest = Exclude<PlannedRequest, { route: 'plain' }>;

/** Longer than the functions need in the worst case. Afterwards the server must have been lost. */
const ANSWER_TIMEOUT_MS = 10_000;

/** The proof reads answers itself, and does not depend on the typed client. */
const accepted = z.object({ order_id: z.string(), status: z.literal('PENDING') });
const bulkAnswer = z.object({ results: z.array(z.unknown()) });
const cancelAnswer = z.object({ order_id: z.string(), event_id: z.string() });

/**
 * Sends a request once and records its acknowledged commands in the journal. Returns whether all were acknowledged.
 * @throws when the answer is a 4xx: the load itself would be wrong, and prove nothing.
 */
export async function tryApi(apiUrl: string, request: ApiRequest, journal: Journal): Promise<boolean> {
  const { path, body } = messageOf(request);
  const answer = await post(`${apiUrl}${path}`, body, request.idempotencyKey).catch(networkFault);
  if (typeof answer === 'string') {
    journal.fail(answer);
    return false;
  }
  if (answer.status >= 400 && answer.status < 500) {
    throw new Error(`${path} answered ${answer.status} to a request of the plan: ${answer.body}`);
  }
  const isWhole = noteAcknowledged(request, answer, journal);
  if (!isWhole) {
    journal.fail(`${answer.status}`);
  }
  return isWhole;
}

function noteAcknowledged(request: ApiRequest, { status, body }: Answer, journal: Journal): boolean {
  if (request.route === 'cancel') {
    if (status !== 202) {
      return false;
    }
    journal.acknowledge(
      request.commands.map(({ id }) => id),
      cancelAnswer.parse(JSON.parse(body)).event_id,
    );
    return true;
  }
  const acknowledged = new Set(status === 202 || status === 207 ? acceptedIds(JSON.parse(body)) : []);
  const commands = request.commands.filter(({ order }) => acknowledged.has(order.order_id));
  journal.acknowledge(commands.map(({ id }) => id));
  return commands.length === request.commands.length;
}

function acceptedIds(answer: unknown): string[] {
  const results = bulkAnswer.safeParse(answer).data?.results ?? [answer];
  return results.flatMap((result) => accepted.safeParse(result).data?.order_id ?? []);
}

function messageOf(request: ApiRequest): { path: string; body: string | null } {
  switch (request.route) {
    case 'single':
      return { path: '/api/orders', body: JSON.stringify(request.commands[0]?.order) };
    case 'bulk':
      return { path: '/api/orders/bulk', body: JSON.stringify(request.commands.map(({ order }) => order)) };
    case 'cancel':
      return { path: `/api/orders/${request.commands[0]?.orderId}/cancel`, body: null };
  }
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

async function post(url: string, body: string | null, idempotencyKey: string | null): Promise<Answer> {
  const headers = {
    ...(body !== null && { 'content-type': 'application/json' }),
    ...(idempotencyKey !== null && { 'idempotency-key': idempotencyKey }),
  };
  forbidRequest(headers, body ?? undefined);
  const response = await fetch(url, {
    method: 'POST',
    body,
    headers,
    signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
  });
  return { status: response.status, body: await response.text() };
}

/** Unwraps the connection error from the error of `fetch`. */
function networkFault(error: unknown): string {
  const fault = Error.isError(error) && Error.isError(error.cause) ? error.cause : error;
  if (!Error.isError(fault)) {
    return String(fault);
  }
  return 'code' in fault && typeof fault.code === 'string' ? fault.code : fault.name;
}
