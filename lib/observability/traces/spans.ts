import { type Attributes, SpanKind } from '@opentelemetry/api';
import type { ErrorCode, OrderlyError } from '../../errors/orderly-error.ts';
import {
  type OperationEvent,
  type OperationName,
  type OperationStart,
  type PerOperation,
  type PerStart,
  type Position,
  UNKNOWN_ROUTE,
} from '../flow-events.ts';
import { orderNames, spanNames } from './semantic-names.ts';

/** Name, kind and first attributes of a span. docs/tracing.md has the same table. */
export interface SpanDescription {
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes: Attributes;
}

/** The maximum number of ids in the attribute of a bulk request. */
const MAX_ORDER_IDS = 100;

const messaging = (operation: 'send' | 'process'): Attributes => ({
  [spanNames.messagingSystem]: 'kafka',
  [spanNames.operationName]: operation,
  [spanNames.operationType]: operation,
});
const sending = messaging('send');
const processing = messaging('process');

const descriptions: PerStart<[], SpanDescription> = {
  'request.answered': ({ start: { method, path, route, requestId, orderId } }) => ({
    name: route === UNKNOWN_ROUTE ? unknownRouteName(method) : route,
    kind: SpanKind.SERVER,
    attributes: {
      [spanNames.requestMethod]: methods.has(method) ? method : '_OTHER',
      [spanNames.urlPath]: path,
      ...(route !== UNKNOWN_ROUTE && { [spanNames.route]: route.slice(route.indexOf(' ') + 1) }),
      [spanNames.trigger]: 'http',
      [spanNames.invocationId]: requestId,
      ...(orderId !== undefined && { [orderNames.orderId]: orderId }),
    },
  }),
  'commands.produced': ({ start: { orderIds } }) => ({
    name: 'send orders',
    kind: SpanKind.PRODUCER,
    attributes: {
      ...sending,
      [spanNames.destination]: 'orders',
      ...(orderIds.length === 1
        ? { [orderNames.orderId]: orderIds[0] }
        : {
            [spanNames.messageCount]: orderIds.length,
            [orderNames.orderIds]: orderIds.slice(0, MAX_ORDER_IDS),
          }),
    },
  }),
  'batch.processed': ({ start: { requestId, consumerGroup, records } }) => ({
    name: 'process orders',
    kind: SpanKind.CONSUMER,
    attributes: {
      ...processing,
      [spanNames.destination]: 'orders',
      [spanNames.consumerGroup]: consumerGroup,
      [spanNames.messageCount]: records.length,
      [spanNames.trigger]: 'pubsub',
      [spanNames.invocationId]: requestId,
    },
  }),
  'batch.written': ({ start: { orders } }) =>
    describeWrite(
      orders.flatMap(({ commands }) => commands),
      orders.length > 1 ? { [spanNames.batchSize]: orders.length } : {},
    ),
  'outbox.relayed': ({ start: { requestId } }) => ({
    name: 'relay outbox',
    kind: SpanKind.INTERNAL,
    attributes: { [spanNames.trigger]: 'timer', [spanNames.invocationId]: requestId },
  }),
  'calls.made': ({ start: { requestId, delivered } }) =>
    delivered === undefined
      ? {
          name: 'retry orders',
          kind: SpanKind.INTERNAL,
          attributes: { [spanNames.trigger]: 'timer', [spanNames.invocationId]: requestId },
        }
      : {
          name: 'process orders.status',
          kind: SpanKind.CONSUMER,
          attributes: {
            ...processing,
            [spanNames.destination]: 'orders.status',
            [spanNames.consumerGroup]: delivered.consumerGroup,
            [spanNames.messageCount]: delivered.records.length,
            [spanNames.trigger]: 'pubsub',
            [spanNames.invocationId]: requestId,
          },
        },
  'attempt.called': ({ start: { orderId, attempt, receiver } }) => ({
    name: 'POST',
    kind: SpanKind.CLIENT,
    attributes: {
      [spanNames.requestMethod]: 'POST',
      [spanNames.serverAddress]: receiver.address,
      [spanNames.serverPort]: receiver.port,
      [orderNames.orderId]: orderId,
      ...(attempt > 1 && { [spanNames.resendCount]: attempt - 1 }),
    },
  }),
};

/** Callers choose the method, so a span has only the known ones: https://www.rfc-editor.org/rfc/rfc9110#section-9 */
const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH']);

const unknownRouteName = (method: string): string => (methods.has(method) ? method : 'HTTP');

/** Returns the span of an operation. */
export const describeOperation = <Name extends OperationName>(
  operation: OperationStart<Name>,
): SpanDescription =>
  descriptions[operation.name]?.(operation) ?? {
    name: operation.name,
    kind: SpanKind.INTERNAL,
    attributes: {},
  };

/** Returns the span of one record of a batch of the topic `orders`. Its order is known after decoding. */
export function describeRecord({ partition, offset }: Position): SpanDescription {
  return {
    name: 'process order',
    kind: SpanKind.CONSUMER,
    attributes: {
      ...processing,
      [spanNames.destination]: 'orders',
      [spanNames.partition]: `${partition}`,
      [spanNames.offset]: offset,
    },
  };
}

/**
 * Returns the span of a transaction that applies these commands; without commands it inserts dead letters. It has several
 * statements: the summary is the main one.
 */
export function describeWrite(
  commands: readonly { readonly type: string }[],
  attributes: Attributes,
): SpanDescription {
  const table = commands.length === 0 ? 'dead_letters' : 'orders';
  const statement = commands.every(({ type }) => type === 'order.created') ? 'INSERT' : 'UPDATE';
  const summary = `${statement} ${table}`;
  return {
    name: summary,
    kind: SpanKind.CLIENT,
    attributes: {
      [spanNames.databaseSystem]: 'postgresql',
      [spanNames.collection]: table,
      [spanNames.querySummary]: summary,
      ...attributes,
    },
  };
}

/** Returns the span of one message that is sent from the outbox. */
export function describeSend(topic: string, orderId: string | undefined): SpanDescription {
  return {
    name: `send ${topic}`,
    kind: SpanKind.PRODUCER,
    attributes: {
      ...sending,
      [spanNames.destination]: topic,
      ...(orderId !== undefined && { [orderNames.orderId]: orderId }),
    },
  };
}

/** The attributes and the error of an operation that has ended. */
export interface SpanResult {
  readonly attributes?: Attributes;
  readonly error?: { readonly type: string; readonly message?: string | undefined } | undefined;
}

const results: PerOperation<SpanResult> = {
  'request.answered': ({ outcome }) => {
    const { status, fields } = outcome.ok ? outcome.end : { status: 500, fields: {} };
    return {
      attributes: {
        [spanNames.responseStatus]: status,
        ...(typeof fields.order_id === 'string' && { [orderNames.orderId]: fields.order_id }),
      },
      error: status >= 500 ? { type: `${status}` } : undefined,
    };
  },
  'commands.produced': ({ outcome }) =>
    outcome.ok && outcome.end.failure !== undefined ? { error: { type: outcome.end.failure } } : {},
  'attempt.called': ({ outcome }) => {
    if (!outcome.ok) {
      return {};
    }
    const { kind, status, reason } = outcome.end;
    // The reason of a rejection is the receiver's text.
    const message = kind === 'retryable' ? reason : undefined;
    return {
      attributes: { [spanNames.responseStatus]: status },
      ...(kind !== 'fulfilled' && { error: { type: kind, message } }),
    };
  },
};

/** Returns the result of an operation that has ended. */
export function concludeOperation<Name extends OperationName>(event: OperationEvent<Name>): SpanResult {
  const { outcome } = event;
  return { ...(outcome.ok ? {} : { error: describeError(outcome.error) }), ...results[event.name]?.(event) };
}

/** The messages of these errors quote PostgreSQL, which may quote a value. The log has them. */
const quotingCodes: ReadonlySet<ErrorCode> = new Set(['database_refused', 'internal_error']);

/** Returns the code of an error. Only the messages of our own errors are free of data. */
export function describeError(error: unknown): { type: string; message?: string } {
  if (isOrderlyError(error)) {
    const { code, message } = error;
    return { type: code, ...(!quotingCodes.has(code) && { message }) };
  }
  return { type: Error.isError(error) ? error.name : '_OTHER' };
}

/** By name: in the packages, this file has a class `OrderlyError` of its own. */
const isOrderlyError = (error: unknown): error is OrderlyError =>
  Error.isError(error) && error.name === 'OrderlyError' && 'code' in error;
