import type { LoadOrder } from '../../../../ops/load/load-orders.ts';
import type { Acknowledgement, ReceiverCall } from '../journal.ts';
import {
  contentOf,
  type LoadPlan,
  type OrderCommand,
  type PlannedCommand,
  type PlannedRequest,
} from '../load/planned-load.ts';
import { REJECTION_REASON } from '../receiver.ts';
import {
  type GroupPosition,
  type HistoryLine,
  identityOf,
  type LetterRow,
  type Observations,
  type OrderRow,
  type OrdersRecord,
} from './observations.ts';

/** A correct run without servers, which a test corrupts in one detail. */
export interface RunOnPaper {
  readonly plan: LoadPlan & { readonly commands: Map<string, PlannedCommand> };
  readonly journal: { readonly acknowledged: Map<string, Acknowledgement>; readonly calls: ReceiverCall[] };
  readonly observations: { -readonly [Table in keyof Observations]: Observations[Table][number][] };
}

const STARTED_AT = Date.parse('2026-11-01T10:00:00Z');
const CALLED_AT = STARTED_AT + 1_000;
const ENDED_AT = STARTED_AT + 2_000;

export const anOrder = (id: string, quantity = 1): LoadOrder => ({
  order_id: id,
  customer_id: 'customer-1',
  product_id: 'product-1',
  quantity,
  price: 19.99,
  created_at: '2026-11-01T09:00:00.000Z',
});

const create = (id: string): PlannedCommand => ({ id, kind: 'create', order: anOrder(id) });

const commands: readonly PlannedCommand[] = [
  create('completed'),
  create('rejected'),
  create('cancelled'),
  { id: 'cancelled/cancel', kind: 'cancel', orderId: 'cancelled' },
  create('uncancelled'),
  { id: 'uncancelled/cancel', kind: 'cancel', orderId: 'uncancelled' },
  create('repeated'),
  { id: 'repeated/repeat', kind: 'repeat', order: anOrder('repeated') },
  { id: 'repeated/conflict-1', kind: 'conflict', order: anOrder('repeated', 2) },
  { id: 'repeated/conflict-2', kind: 'conflict', order: anOrder('repeated', 3) },
  { id: 'poison', kind: 'poison', poison: 'not JSON', key: 'poison' },
  {
    id: 'early/cancel',
    kind: 'plain cancel',
    orderId: 'early',
    eventType: 'order.cancel_requested',
    headers: 'an event id shared with a cancel',
  },
  create('early'),
];

/** Sent after the topic was recreated; only some tests use it. */
const anew: OrderCommand = { id: 'anew', kind: 'create', order: anOrder('anew') };

/** Returns a processed load of seven orders with each kind of command, its records in one partition in this order. */
export function aCleanRun(): RunOnPaper {
  const records = commands.map(recordOf);
  const letters = records.flatMap((record, index) => letterOf(record, commands[index]));
  const ends = {
    completed: 'COMPLETED',
    rejected: 'FAILED',
    uncancelled: 'COMPLETED',
    repeated: 'COMPLETED',
    early: 'COMPLETED',
  } as const;
  const history = [
    ...Object.entries(ends).flatMap(([id, status]) => [createdLine(id), outcomeLine(id, status)]),
    createdLine('cancelled'),
    aLine('cancelled', {
      eventType: 'order.cancel_requested',
      eventId: 'event of cancelled/cancel',
      version: 2,
      status: 'CANCELLED',
      at: STARTED_AT + 10,
    }),
    aLine('uncancelled', {
      eventType: 'order.cancel_requested',
      eventId: 'event of uncancelled/cancel',
      version: null,
      at: ENDED_AT + 10,
    }),
  ];
  const orders = history.filter(({ version }) => version === 2).map(rowOf);
  return {
    plan: {
      requests: [aRequest],
      commands: new Map(commands.map((command) => [command.id, command])),
      recreation: {
        before: [],
        through: [],
        after: [{ route: 'plain', commands: [anew], compression: 'none' }],
      },
    },
    journal: {
      acknowledged: new Map(
        commands.map(({ id, kind }) => [
          id,
          { at: STARTED_AT, eventId: kind === 'cancel' ? `event of ${id}` : null },
        ]),
      ),
      calls: Object.entries(ends).map(([id, status]) => aCall(id, status === 'FAILED' ? 422 : 200)),
    },
    observations: {
      orders,
      history,
      deadLetters: letters,
      attempts: [],
      outbox: [],
      records,
      statusEvents: orders.map((row, offset) => ({ partition: 0, offset, event: eventOf(row, history) })),
      letterCopies: letters.map(({ partition, offset, key, digest, headers, code, refusals }) => ({
        partition,
        offset,
        key,
        digest,
        headers,
        code,
        refusals,
      })),
      positions: [
        position('order-processing-group', 'orders', records.length),
        position('order-fulfilment-group', 'orders.status', orders.length),
      ],
    },
  };
}

/**
 * Redrives every dead letter. Each is rejected again, except the early cancel, whose event id is in the history of its
 * order.
 */
export function redrive({ observations }: RunOnPaper): void {
  const again = observations.deadLetters.map((letter, index): OrdersRecord => {
    const record = observations.records.find((each) => identityOf(each) === identityOf(letter));
    return { ...(record ?? aRecordOf(letter)), offset: 100 + index };
  });
  observations.records.push(...again);
  observations.positions = [
    position('order-processing-group', 'orders', 100 + again.length),
    position('order-fulfilment-group', 'orders.status', observations.statusEvents.length),
  ];
  observations.deadLetters = observations.deadLetters.map((letter) =>
    letter.key === 'early' ? { ...letter, state: 'redriven' } : { ...letter, refusals: 2 },
  );
  const rejectedAgain = observations.letterCopies.filter(({ key }) => key !== 'early');
  observations.letterCopies.push(...rejectedAgain.map((copy) => ({ ...copy, refusals: 2 })));
}

/** The checker reads only commands, so one empty request is enough. */
const aRequest: PlannedRequest = { route: 'plain', commands: [], compression: 'none' };

export function aCall(orderId: string, status: number, parts: Partial<ReceiverCall> = {}): ReceiverCall {
  return {
    orderId,
    idempotencyKey: orderId,
    isSigned: true,
    sentAt: parts.beganAt ?? CALLED_AT,
    beganAt: CALLED_AT,
    endedAt: CALLED_AT + 5,
    answer: status,
    effect: { status, content: contentOf(anOrder(orderId)) },
    ...parts,
  };
}

export function aLine(orderId: string, parts: Partial<HistoryLine>): HistoryLine {
  return {
    orderId,
    eventId: `event of ${orderId}`,
    eventType: 'order.created',
    version: 1,
    status: 'PROCESSING',
    statusReason: null,
    at: STARTED_AT,
    ...parts,
  };
}

const createdLine = (orderId: string): HistoryLine => aLine(orderId, {});

const outcomeLine = (orderId: string, status: 'COMPLETED' | 'FAILED'): HistoryLine =>
  aLine(orderId, {
    eventId: `lease of ${orderId}`,
    eventType: status === 'FAILED' ? 'order.fulfilment_refused' : 'order.fulfilled',
    version: 2,
    status,
    statusReason: status === 'FAILED' ? REJECTION_REASON : null,
    at: ENDED_AT,
  });

const rowOf = ({ orderId, status, statusReason }: HistoryLine): OrderRow => ({
  orderId,
  customerId: 'customer-1',
  content: contentOf(anOrder(orderId)),
  status,
  statusReason,
  version: 2,
});

function eventOf(
  { orderId, customerId, version, status, statusReason }: OrderRow,
  history: readonly HistoryLine[],
): Observations['statusEvents'][number]['event'] {
  const line = history.find((each) => each.orderId === orderId && each.version === version);
  const at = new Date(line?.at ?? Number.NaN).toISOString();
  return { order_id: orderId, customer_id: customerId, version, status, status_reason: statusReason, at };
}

function recordOf(command: PlannedCommand, offset: number): OrdersRecord {
  const place = {
    partition: 0,
    offset,
    eventId: `event of ${command.id}`,
    digest: `bytes of ${command.id}`,
    headers: `headers of ${command.id}`,
  };
  switch (command.kind) {
    case 'cancel':
      return { ...place, key: command.orderId, eventType: 'order.cancel_requested', content: null };
    case 'plain cancel':
      return {
        ...place,
        eventId: `event of ${command.orderId}`,
        key: command.orderId,
        eventType: command.eventType,
        content: null,
      };
    case 'poison':
      return { ...place, key: command.key, eventType: 'order.created', content: null };
    default:
      return {
        ...place,
        key: command.order.order_id,
        eventType: 'order.created',
        content: contentOf(command.order),
      };
  }
}

function letterOf(record: OrdersRecord, command: PlannedCommand | undefined): LetterRow[] {
  const { partition, offset, eventId, key, digest, headers } = record;
  const code = letterCodes.get(command?.kind);
  return code === undefined
    ? []
    : [
        {
          id: `${offset}`,
          partition,
          offset,
          eventId,
          key,
          digest,
          headers,
          code,
          state: 'open',
          refusals: 1,
        },
      ];
}

const letterCodes: ReadonlyMap<PlannedCommand['kind'] | undefined, string> = new Map([
  ['poison', 'not_json'],
  ['conflict', 'order_id_conflict'],
  ['plain cancel', 'order_unknown'],
]);

const aRecordOf = ({ partition, offset, eventId, key, digest, headers }: LetterRow): OrdersRecord => ({
  partition,
  offset,
  eventId,
  key,
  digest,
  headers,
  eventType: 'order.created',
  content: null,
});

const position = (group: string, topic: string, end: number): GroupPosition => ({
  group,
  topic,
  partition: 0,
  committed: end,
  end,
});
