import type { LogLevel } from '../../config/config.ts';
import { OrderlyError } from '../../errors/orderly-error.ts';
import type {
  FactEvent,
  FactName,
  Gauges,
  OperationEvent,
  OperationName,
  PerFact,
  PerOperation,
} from '../flow-events.ts';
import type { LogFields } from './logger.ts';
import { offsetRanges } from './offset-ranges.ts';

export interface LogLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

const lineOf =
  (level: LogLevel) =>
  (message: string, fields: LogFields): LogLine => ({ level, message, fields });
const debug = lineOf('debug');
const info = lineOf('info');
const warn = lineOf('warn');
const error = lineOf('error');

/** The line of each operation. An operation without an entry has none. */
const operationLines: PerOperation<LogLine | undefined> = {
  'request.answered': ({ start, durationMs, outcome }) => ({
    level: 'info',
    message: `${start.method} ${start.path} ${outcome.ok ? outcome.end.status : 500}`,
    fields: {
      request_id: start.requestId,
      ...(start.orderId !== undefined && { order_id: start.orderId }),
      ...(outcome.ok ? outcome.end.fields : { error: outcome.error }),
      ms: Math.round(durationMs),
    },
  }),
  'batch.processed': ({ start, durationMs, outcome }) => {
    const { function: name, requestId, records } = start;
    const fields = { request_id: requestId, records: records.length, offsets: offsetRanges(records) };
    const ms = Math.round(durationMs);
    if (!outcome.ok) {
      return error(`${name} failed; the batch will be delivered again`, {
        ...fields,
        ms,
        error: outcome.error,
      });
    }
    const { created, updated, deadLetters } = outcome.end;
    return info(`${name} committed`, { ...fields, created, updated, dead_letters: deadLetters, ms });
  },
  'outbox.published': ({ start, outcome }) => {
    if (start.by !== 'writer' || !outcome.ok || outcome.end.left === 0) {
      return undefined; // the runs of the relay and of a redrive report what is left
    }
    const { left, failure } = outcome.end;
    return warn('Committed outbox rows were not published; the relay will publish them', {
      outbox_rows: left,
      reason: failure,
    });
  },
  'outbox.relayed': ({ start, durationMs, outcome }) => {
    const fields = { request_id: start.requestId, ms: Math.round(durationMs) };
    if (!outcome.ok) {
      return error('relay-outbox failed; the next run continues', { ...fields, error: outcome.error });
    }
    if (outcome.end === undefined) {
      return debug('relay-outbox skipped: another run is active', fields);
    }
    const { published, parked, left, oldestAgeMs } = outcome.end;
    // The relay runs every minute, so a run without rows is logged with level debug only.
    const level = published + parked > 0 ? 'info' : 'debug';
    return {
      level: left > 0 ? 'warn' : level,
      message: 'relay-outbox published',
      fields: { published, parked, left, oldest_age_ms: oldestAgeMs, ...fields },
    };
  },
  'calls.made': ({ start, durationMs, outcome }) => {
    const fields = { request_id: start.requestId, ms: Math.round(durationMs) };
    if (!outcome.ok) {
      const message = `${start.function} failed; calls that were not made or not stored fall due again`;
      return error(message, { ...fields, error: outcome.error });
    }
    const { called, released, completed, failed, postponed, postponedReason, leaseLost } = outcome.end;
    // The function runs every minute, so a run without calls is logged with level debug only. A postponed call may need an operator.
    const level = called + released === 0 ? 'debug' : 'info';
    return {
      level: postponed > 0 ? 'warn' : level,
      message: `${start.function} called the receiver`,
      fields: {
        called,
        released,
        completed,
        failed,
        postponed,
        postponed_reason: postponedReason,
        lease_lost: leaseLost,
        ...fields,
      },
    };
  },
};

/** The line of each fact. A fact without an entry has none. */
const factLines: PerFact<LogLine> = {
  'request.failed': ({ fact: { requestId, code, message, cause } }) =>
    error(message, { request_id: requestId, code, error: cause }),
  'permits.unchecked': ({ fact: { requests, failure } }) =>
    warn('the rate limit could not be checked; requests were accepted', { requests, error: failure }),
  'idempotency_key.unstored': ({ fact: { step, error: cause } }) => ({
    // A write does not need PostgreSQL. An unavailable database is a warning, every other failure an error.
    level: cause instanceof OrderlyError && cause.code === 'database_unavailable' ? 'warn' : 'error',
    message:
      step === 'claim'
        ? 'The Idempotency-Key could not be stored; the ids derive from it'
        : 'The Idempotency-Key could not be marked as produced; a repeat will be produced again',
    fields: { error: cause },
  }),
  'owner.unchecked': ({ fact }) =>
    warn('The owner of the order could not be read; processing will check it', { error: fact.error }),
  'issuer_keys.unread': ({ fact }) => warn('The keys of the issuer could not be read', { error: fact.error }),
  'schema_id.unknown': ({ fact: { subject, error: cause } }) =>
    warn('The id of a schema could not be looked up; records are produced without it', {
      subject,
      error: cause,
    }),
  'records.skipped': ({ fact }) =>
    warn('records that are not status events are skipped', { offsets: offsetRanges(fact.records) }),
  'dead_letter.opened': ({ fact: { requestId, code, message, record } }) => {
    const { topic, partition, offset } = record;
    return warn('dead letter', { request_id: requestId, code, reason: message, topic, partition, offset });
  },
  'outbox.parked': ({ fact: { requestId, row, reason } }) =>
    error('a row of the outbox cannot be published and is parked', {
      request_id: requestId,
      outbox_row: row,
      reason,
    }),
  'outbox.not_completed': ({ fact }) =>
    warn('Published outbox rows could not be completed; the relay will publish them again', {
      error: fact.error,
    }),
  'gauges.collected': ({ fact }) => debug('gauges', gaugeFields(fact.gauges)),
  'gauges.unread': ({ fact: { requestId, names, error: cause } }) =>
    error('gauges could not be read', { request_id: requestId, gauges: names, error: cause }),
  'rows.pruned': ({ fact: { requestId, idempotencyKeys, deadLetters, rateLimitLeases, done } }) =>
    info('prune deleted', {
      request_id: requestId,
      idempotency_keys: idempotencyKeys,
      dead_letters: deadLetters,
      rate_limit_leases: rateLimitLeases,
      done,
    }),
};

/** Returns the log line of an operation that has ended; undefined if it has none. */
export const operationLine = <Name extends OperationName>(event: OperationEvent<Name>): LogLine | undefined =>
  operationLines[event.name]?.(event);

/** Returns the log line of a fact; undefined if it has none. */
export const factLine = <Name extends FactName>(event: FactEvent<Name>): LogLine | undefined =>
  factLines[event.name]?.(event);

const gaugeFields = ({ database, groups }: Gauges): LogFields => ({
  ...inSnakeCase(database),
  consumer_groups: Object.fromEntries(
    Object.entries(groups).map(([group, values]) => [group, inSnakeCase(values)]),
  ),
});

const inSnakeCase = (values: Readonly<Record<string, number>>): LogFields =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name.replace(/\B[A-Z]/g, (letter) => `_${letter}`).toLowerCase(),
      value,
    ]),
  );
