import type {
  FactEvent,
  FactName,
  OperationEvent,
  OperationName,
  OperationStart,
  PerFact,
  Position,
  RecordWithoutContent,
  WaitingOrder,
} from '../flow-events.ts';
import { orderNames } from './semantic-names.ts';
import type { RecordedSpan, SpanPlace, SpanRecorder } from './span-recorder.ts';
import {
  concludeOperation,
  describeError,
  describeOperation,
  describeRecord,
  describeSend,
  describeWrite,
  type SpanDescription,
} from './spans.ts';
import {
  parseTraceparent,
  type SpanIdentity,
  sampledContext,
  type TraceContext,
  traceparentOf,
} from './traceparent.ts';

/** The span of an operation. */
export interface OperationSpan<Name extends OperationName> {
  readonly identity: SpanIdentity;
  readonly end: (event: OperationEvent<Name>) => void;
}

type Starters = {
  readonly [Name in OperationName]?: (
    operation: OperationStart<Name>,
    parent: SpanIdentity | undefined,
  ) => OperationSpan<Name> | undefined;
};

/** A message of the outbox. */
export interface OutgoingMessage {
  readonly topic: string;
  readonly orderId?: string | undefined;
  /** The context that was stored with the message. */
  readonly traceparent: string | undefined;
}

/** The span of a message that is being sent. */
export interface SendSpan {
  /** The header of the message. */
  readonly traceparent: string;
  end(error?: unknown): void;
}

/** A sampled record of the batch. */
interface SampledRecord {
  readonly span: RecordedSpan | undefined;
  /** The span, or, if there are too many, the one that sent the record. */
  readonly identity: SpanIdentity;
  /** The code of its dead letter. */
  deadLetter?: string;
}

/**
 * The spans of one invocation: their parents and links. An invocation that serves several orders belongs to none of their
 * traces. It has a trace of its own, which begins with the first sampled order, and the spans of the orders link to it.
 */
export class InvocationTrace {
  readonly #recorder: SpanRecorder;
  readonly #description: SpanDescription;
  readonly #startedAt = Date.now();
  #root: RecordedSpan | undefined;
  #links: readonly SpanIdentity[] = [];
  /** By position. */
  readonly #records = new Map<string, SampledRecord>();
  /** The parent of an order's next message or call, by the id of the order. */
  readonly #orders = new Map<string, SpanIdentity>();
  /** The error code of the answer. */
  #problem: string | undefined;

  constructor(recorder: SpanRecorder, description: SpanDescription) {
    this.#recorder = recorder;
    this.#description = description;
  }

  /** Starts the span of a request. `parent` is the span of the caller. */
  startRequest(parent: TraceContext | undefined): void {
    this.#root = this.#recorder.start(this.#description, { parent, isRemote: true });
  }

  /** Starts the span of a batch, and one of each sampled record. */
  startBatch(records: readonly RecordWithoutContent[]): void {
    const sampled = records.flatMap((record) => {
      const parent = sampledContext(record);
      return parent === undefined ? [] : [{ record, parent }];
    });
    this.#links = sampled.map(({ parent }) => parent);
    for (const { record, parent } of sampled) {
      const place = { parent, isRemote: true, links: this.#linkToRoot() };
      const span = this.#recorder.start(describeRecord(record), place);
      this.#records.set(positionOf(record), { span, identity: span?.identity ?? parent });
    }
  }

  /** Continues the traces of status events with the calls for their orders. */
  continueOrders(waiting: readonly WaitingOrder[]): void {
    for (const { orderId, record } of waiting) {
      const context = sampledContext(record);
      if (context !== undefined) {
        this.#orders.set(orderId, context);
      }
    }
    this.#links = [...this.#orders.values()];
  }

  /** The span of the invocation; undefined before the first sampled order. */
  get root(): SpanIdentity | undefined {
    return this.#root?.identity;
  }

  /** Starts the span of an operation inside the invocation. Returns undefined if it has none. */
  start<Name extends OperationName>(
    operation: OperationStart<Name>,
    parent: SpanIdentity | undefined,
  ): OperationSpan<Name> | undefined {
    return this.#starters[operation.name]?.(operation, parent);
  }

  readonly #starters: Starters = {
    'commands.produced': (operation, parent) => this.#startOperation(operation, { parent }),
    'batch.written': (operation, parent) => this.#startWrite(operation, { parent }),
    'attempt.called': (operation) => this.#startAttempt(operation),
  };

  /** Starts the span of a message of the outbox. Returns undefined unless its order is sampled. */
  startSend({ topic, orderId, traceparent }: OutgoingMessage): SendSpan | undefined {
    const parent = parseTraceparent(traceparent);
    if (parent === undefined || !parent.sampled) {
      return undefined;
    }
    const span = this.#recorder.start(describeSend(topic, orderId), { parent, links: this.#linkToRoot() });
    return (
      span && {
        traceparent: traceparentOf(span.identity),
        end: (error) => span.end(error === undefined ? {} : { error: describeError(error) }),
      }
    );
  }

  /** Returns the trace context of an order; undefined unless the order is sampled. */
  traceparentOfOrder(orderId: string): string | undefined {
    const span = this.#orders.get(orderId);
    return span && traceparentOf(span);
  }

  /** Stores a fact for the spans that end later. */
  report<Name extends FactName>(event: FactEvent<Name>): void {
    this.#reporters[event.name]?.(event);
  }

  readonly #reporters: PerFact<void> = {
    'request.failed': ({ fact }) => {
      this.#problem = fact.code;
    },
    'dead_letter.opened': ({ fact }) => {
      const record = this.#records.get(positionOf(fact.record));
      if (record !== undefined) {
        record.deadLetter = fact.code;
      }
    },
  };

  /**
   * Ends the span of the invocation and those of its records. Forgets them, because a connection that the invocation has opened
   * refers to its trace.
   */
  end<Name extends OperationName>(event: OperationEvent<Name>): void {
    const result = concludeOperation(event);
    for (const { span, deadLetter } of this.#records.values()) {
      span?.end(deadLetter === undefined ? result : { error: { type: deadLetter } });
    }
    const error = result.error && this.#problem ? { type: this.#problem } : result.error;
    this.#root?.end({ ...result, error });
    this.#records.clear();
    this.#orders.clear();
  }

  /** The transaction is a span of the batch, and of each sampled order, so that the order's trace has it too. */
  #startWrite(
    operation: OperationStart<'batch.written'>,
    place: SpanPlace,
  ): OperationSpan<'batch.written'> | undefined {
    const ofBatch = this.#startOperation(operation, place);
    const ofOrders = operation.start.orders.flatMap(({ orderId, commands }) =>
      commands.flatMap(({ record }) => {
        const sampled = this.#records.get(positionOf(record));
        if (sampled === undefined) {
          return [];
        }
        const attributes = { [orderNames.orderId]: orderId };
        sampled.span?.setAttributes(attributes);
        this.#orders.set(orderId, sampled.identity);
        const span = this.#recorder.start(describeWrite(commands, attributes), { parent: sampled.identity });
        return span ?? [];
      }),
    );
    return (
      ofBatch && {
        identity: ofBatch.identity,
        end: (event) => {
          ofBatch.end(event);
          for (const span of ofOrders) {
            span.end(concludeOperation(event));
          }
        },
      }
    );
  }

  #startAttempt(operation: OperationStart<'attempt.called'>): OperationSpan<'attempt.called'> | undefined {
    const { orderId, record } = operation.start;
    const parent = this.#orders.get(orderId) ?? sampledContext(record);
    if (parent === undefined) {
      return undefined;
    }
    this.#orders.set(orderId, parent);
    return this.#startOperation(operation, { parent, isRemote: true, links: this.#linkToRoot() });
  }

  #startOperation<Name extends OperationName>(
    operation: OperationStart<Name>,
    place: SpanPlace,
  ): OperationSpan<Name> | undefined {
    const span = this.#recorder.start(describeOperation(operation), place);
    return span && { identity: span.identity, end: (event) => span.end(concludeOperation(event)) };
  }

  #linkToRoot(): SpanIdentity[] {
    this.#root ??= this.#recorder.start(this.#description, {
      links: this.#links,
      startedAt: this.#startedAt,
    });
    return this.#root === undefined ? [] : [this.#root.identity];
  }
}

const positionOf = ({ topic, partition, offset }: Position): string => `${topic}/${partition}/${offset}`;
