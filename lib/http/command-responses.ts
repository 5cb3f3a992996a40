import { classifyError, OrderlyError } from '../errors/orderly-error.ts';
import type { AcceptedRequest } from '../idempotency/accept-commands.ts';
import type { PublishedCommand } from '../idempotency/publish-commands.ts';
import { report } from '../observability/observe.ts';
import type { AcceptedCommand } from '../orders/accepted-command.ts';
import type { CancelRecord, OrderRecord } from '../orders/order-record.ts';
import type {
  BulkAccepted,
  BulkResult,
  CancelAccepted,
  PendingOrder,
  UnacknowledgedResult,
} from './command-response-schemas.ts';
import { json } from './endpoint.ts';
import type { HttpResponse } from './http-function.ts';

type Accepted<Value extends OrderRecord | CancelRecord> = AcceptedRequest<AcceptedCommand<Value>>;

const pathOf = (orderId: string): string => `/api/orders/${orderId}`;

/** Returns 202 for an accepted order. @throws OrderlyError if Kafka did not acknowledge it */
export function orderResponse(accepted: Accepted<OrderRecord>): HttpResponse {
  const { value } = acknowledgedCommand(accepted);
  return json(202, pendingOrder(value), { location: pathOf(value.order_id), ...replayHeader(accepted) });
}

/**
 * Returns 202 for an accepted cancel request. The order's history contains its outcome, under its `event_id`.
 * @throws OrderlyError if Kafka did not acknowledge it
 */
export function cancelResponse(accepted: Accepted<CancelRecord>): HttpResponse {
  const { eventId, value } = acknowledgedCommand(accepted);
  const self = pathOf(value.order_id);
  const links = { self, history: `${self}/history` };
  const body: CancelAccepted = { order_id: value.order_id, event_id: eventId, links };
  return json(202, body, replayHeader(accepted));
}

/**
 * Returns 202 if Kafka acknowledged every order, and 207 if it acknowledged some of them.
 * @throws OrderlyError if Kafka acknowledged none
 */
export function bulkResponse(accepted: Accepted<OrderRecord>): HttpResponse {
  const results = accepted.results.map(bulkResult);
  const failures = accepted.results.flatMap((result) => (result.acknowledged ? [] : [result.error]));
  if (failures.length === results.length) {
    const unavailable = failures.find(({ code }) => code === 'kafka_unavailable');
    throw possiblyStored(unavailable ?? failures[0], { results });
  }
  reportCauses(failures);
  const counts = { accepted: results.length - failures.length, failed: failures.length };
  const body: BulkAccepted = { ...counts, results };
  return json(failures.length === 0 ? 202 : 207, body, replayHeader(accepted));
}

function bulkResult(result: PublishedCommand<AcceptedCommand<OrderRecord>>, index: number): BulkResult {
  const { value } = result.command;
  return result.acknowledged
    ? { index, ...pendingOrder(value) }
    : { index, order_id: value.order_id, ...unacknowledged(result.error) };
}

function unacknowledged({ code }: OrderlyError): Pick<UnacknowledgedResult, 'code' | 'detail'> {
  return code === 'kafka_unavailable'
    ? { code, detail: POSSIBLY_STORED }
    : {
        code: 'internal_error',
        detail: 'The order was rejected and not stored. The log contains the cause.',
      };
}

/** Reports the causes inside a 207, each one once. The error handler reports only errors that are thrown. */
function reportCauses(failures: readonly OrderlyError[]): void {
  for (const { code, message, cause } of new Map(failures.map((error) => [error.message, error])).values()) {
    report('request.failed', { code, message, cause });
  }
}

function pendingOrder({ order_id, status, total_amount, created_at }: OrderRecord): PendingOrder {
  return { order_id, status, total_amount, created_at, links: { self: pathOf(order_id) } };
}

const replayHeader = ({ replayed }: Accepted<OrderRecord | CancelRecord>): Record<string, string> =>
  replayed ? { 'idempotency-replayed': 'true' } : {};

/** Returns the command of a request with one command. */
function acknowledgedCommand<Command extends AcceptedCommand>({
  results,
}: AcceptedRequest<Command>): Command {
  const [result] = results;
  if (result?.acknowledged) {
    return result.command;
  }
  throw possiblyStored(result?.error, { order_id: result?.command.value.order_id });
}

const POSSIBLY_STORED =
  'Kafka did not acknowledge it in time. It may be stored or not. It is safe to send it again with this order_id, or with the same Idempotency-Key.';

function possiblyStored(error: unknown, details: Readonly<Record<string, unknown>>): OrderlyError {
  const known = classifyError(error);
  if (known.code !== 'kafka_unavailable') {
    return known;
  }
  return new OrderlyError('kafka_unavailable', POSSIBLY_STORED, {
    cause: known.cause ?? known,
    details,
  });
}
