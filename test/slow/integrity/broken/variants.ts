import type { VerdictName } from '../checker/check.ts';
import type { Fault } from '../faults/fault.ts';

/** A text that occurs exactly once in a file, and its replacement. */
export interface Edit {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** The program without one of its protections. */
export interface Variant {
  readonly name: string;
  /** For people. */
  readonly what: string;
  readonly edits: readonly Edit[];
  /** Removes constraints that would turn the missing protection into an error. */
  readonly sql?: string;
  /** Faults that expose it. */
  readonly faults: readonly Fault[];
  /** The verdict that must find it. */
  readonly verdict: VerdictName;
}

const killFunctions: Fault = { kind: 'kill', targets: ['functions-1', 'functions-2'], awayMs: 0 };
const killAfterCommit: Fault = { kind: 'kill-after-commit' };

/** All faults that variants run with. */
export const controlFaults: readonly Fault[] = [killFunctions, killAfterCommit];

/** Never shipped: a run applies them to a temporary copy of the project. */
export const variants: readonly Variant[] = [
  {
    name: 'early-commit',
    what: 'Offsets are committed before the batch has taken effect',
    edits: [
      {
        file: 'plugins/serverless-offline-kafka/src/delivery/partition-queue.ts',
        find: `    this.#inFlight.begin(records.map(({ offset }) => offset));
`,
        replace: `    this.#inFlight.begin([]);
    this.#commitSettled();
`,
      },
    ],
    faults: [killFunctions, killFunctions],
    verdict: 'lost',
  },
  {
    name: 'no-conflict-clause',
    what: 'Orders are inserted without ON CONFLICT DO NOTHING, and no key prevents a second row',
    edits: [
      {
        file: 'lib/orders/sql/write-orders.ts',
        find: `    ON CONFLICT (order_id) DO NOTHING
`,
        replace: '',
      },
    ],
    sql: `ALTER TABLE orders DROP CONSTRAINT orders_pkey;
          ALTER TABLE fulfilment_attempts DROP CONSTRAINT fulfilment_attempts_pkey`,
    faults: [],
    verdict: 'duplicate',
  },
  {
    name: 'history-without-event-id',
    what: 'History entries do not store the id of their command',
    edits: [
      {
        file: 'lib/orders/sql/order-history.ts',
        find: `(entry) => entry.eventId`,
        replace: `() => crypto.randomUUID()`,
      },
    ],
    faults: [killAfterCommit],
    verdict: 'duplicate',
  },
  {
    name: 'no-outbox',
    what: 'Status events are published after the commit, without rows in the outbox',
    edits: [
      {
        file: 'lib/postgres/database.ts',
        find: `    await transaction.query('COMMIT');
`,
        replace: `    await transaction.query("DELETE FROM outbox WHERE kind = 'order_status'");
    await transaction.query('COMMIT');
`,
      },
    ],
    faults: [killAfterCommit, killAfterCommit],
    verdict: 'status_gaps',
  },
  {
    name: 'no-lease',
    what: 'A leased attempt is also leased to other workers',
    edits: [
      {
        file: 'lib/fulfilment/sql/claim-attempts.ts',
        find: `lease_token = gen_random_uuid(), next_attempt_at = $1`,
        replace: `lease_token = gen_random_uuid(), next_attempt_at = LEAST(attempt.next_attempt_at, $1)`,
      },
    ],
    faults: [],
    verdict: 'calls',
  },
  {
    name: 'rejection-suppresses',
    what: 'A rejected cancel suppresses every later command of its batch with the same event id',
    edits: [
      {
        file: 'lib/orders/transition.ts',
        find: `command.type !== 'order.created' && known.has(`,
        replace: `known.has(`,
      },
      {
        file: 'lib/orders/transition.ts',
        find: `rejected.add(letterIdentity(command));`,
        replace: `known.add(command.eventId);`,
      },
    ],
    faults: [],
    verdict: 'lost',
  },
  {
    name: 'unordered-redrive',
    what: 'Dead letters of one key are redriven in arbitrary order',
    edits: [
      {
        file: 'lib/dead-letters/redrive-plan.ts',
        find: `? a.offset - b.offset :`,
        replace: `? b.offset - a.offset :`,
      },
    ],
    faults: [],
    verdict: 'order',
  },
  {
    name: 'headers-on-an-object',
    what: 'Headers of a record are looked up on a plain object',
    edits: [
      {
        file: 'plugins/serverless-offline-kafka/src/kafka/kafka-record.ts',
        find: `headers: headerList,`,
        replace: `headers: Object.entries(
      headerList.reduce((all, [name, value]) => ({ ...all, [name]: [all[name] ?? [], value].flat() }), {}),
    ).flatMap(([name, values]) => values.map((value) => [name, value])),`,
      },
    ],
    faults: [],
    verdict: 'lost',
  },
];
