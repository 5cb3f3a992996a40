import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { EventSourceError } from '../../src/errors.ts';
import { aDelivery, type Invoked, pass, WINDOW_MS } from '../support/a-delivery.ts';
import { ADestination } from '../support/a-destination.ts';
import { aRecord, records, upTo } from '../support/records.ts';

const AN_HOUR_MS = 3_600_000;

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

/** Changes all objects and lists in a value. */
function change(value: unknown): void {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(change);
    Object.assign(value, { 0: 'changed', key: 'changed' });
  }
}

/** Fails this number of the next invocations. */
async function failNext(invoked: readonly Invoked[], attempts: number, error?: Error): Promise<void> {
  const first = invoked.length - 1;
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    invoked[first + attempt]?.fail(error);
    await pass(30_000);
  }
}

describe('a failing function, without retry settings', () => {
  test('gets the whole batch again with increasing pauses, and nothing is committed', async () => {
    const { accept, invoked, committed, offsets, lines } = aDelivery();

    accept(records(0, 1, 2, 3));
    await pass(0);
    invoked[0]?.fail();
    await pass(200);
    invoked[1]?.fail();
    await pass(399);
    const early = offsets().length;
    await pass(1);

    expect(early).toBe(2);
    expect(offsets()).toEqual([
      [0, 1, 2],
      [0, 1, 2],
      [0, 1, 2],
    ]);
    expect(committed()).toEqual([]);
    expect(lines).toEqual([
      expect.stringMatching(
        /^warning orders-0 → work: .*: failed \(no\), next attempt in 0.2 s; not committed/,
      ),
      expect.stringMatching(
        /^warning orders-0 → work: .*: failed \(no\), next attempt in 0.4 s; not committed/,
      ),
    ]);
  });

  test('gets it again without limit', async () => {
    const { accept, invoked, committed, offsets } = aDelivery();
    accept(records(0, 1, 2, 3, 4, 5));
    await pass(0);

    await failNext(invoked, 200);
    invoked[200]?.succeed();
    await pass(0);

    expect(offsets().slice(0, 201)).toEqual(Array(201).fill([0, 1, 2]));
    expect(offsets()[201]).toEqual([3, 4, 5]);
    expect(committed()).toEqual([3]);
  });

  test('blocks its partition, while others continue', async () => {
    const { accept, invoked, committed, places } = aDelivery({}, [0, 1]);

    accept(records(0, 1, 2), 0);
    accept(records(0, 1, 2, 3, 4, 5), 1);
    await pass(0);
    invoked[0]?.fail();
    invoked[1]?.succeed();
    await pass(0);
    invoked[2]?.succeed();
    await pass(0);

    expect(places()).toEqual([{ 0: [0, 1, 2] }, { 1: [0, 1, 2] }, { 1: [3, 4, 5] }]);
    expect([committed(0), committed(1)]).toEqual([[], [3, 6]]);
  });

  test('is retried with the configured back-off', async () => {
    const { accept, invoked } = aDelivery({ failures: { backoff: { initialMs: 5, maximumMs: 8 } } });

    accept(records(0, 1, 2));
    await pass(0);
    invoked[0]?.fail();
    await pass(5);
    invoked[1]?.fail();
    await pass(7);
    const early = invoked.length;
    await pass(1);

    expect([early, invoked.length]).toEqual([2, 3]);
  });
});

describe('with a number of retries', () => {
  test('a batch is dropped after them, logged and committed; the next batch continues', async () => {
    const { accept, invoked, committed, offsets, lines } = aDelivery({ failures: { maximumRetries: 2 } });
    accept(records(0, 1, 2, 3, 4, 5));
    await pass(0);

    await failNext(invoked, 3);

    expect(offsets()).toEqual([
      [0, 1, 2],
      [0, 1, 2],
      [0, 1, 2],
      [3, 4, 5],
    ]);
    expect(committed()).toEqual([3]);
    expect(lines.slice(-2)).toEqual([
      expect.stringMatching(/^warning orders-0 → work: .*failed \(no\), no further attempt$/),
      'error orders-0 → work: offsets 0–2, 3 records: discarded after 3 attempts (RetryAttemptsExhausted), dropped: the mapping has no on-failure destination',
    ]);
  });

  test('0 means one attempt', async () => {
    const { accept, invoked, committed, offsets } = aDelivery({ failures: { maximumRetries: 0 } });
    accept(records(0, 1, 2, 3, 4, 5));
    await pass(0);

    invoked[0]?.fail();
    await pass(0);

    expect(offsets()).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
    expect(committed()).toEqual([3]);
  });

  test('each batch has its own retries', async () => {
    const { accept, invoked, committed, offsets } = aDelivery({ failures: { maximumRetries: 1 } });
    accept(records(0, 1, 2, 3, 4, 5));
    await pass(0);

    await failNext(invoked, 3);
    invoked[3]?.succeed();
    await pass(0);

    expect(offsets()).toEqual([
      [0, 1, 2],
      [0, 1, 2],
      [3, 4, 5],
      [3, 4, 5],
    ]);
    expect(committed()).toEqual([3, 6]);
  });

  test('10, the limit with a destination: it gets the batch once, after 11 attempts', async () => {
    const destination = new ADestination();
    const { accept, invoked, committed, offsets, lines } = aDelivery({
      destination,
      failures: { maximumRetries: 10 },
    });
    accept(records(...upTo(6)));
    await pass(0);

    await failNext(invoked, 10);
    const before = [destination.sends.length, committed().length];
    await failNext(invoked, 1);

    expect(before).toEqual([0, 0]);
    expect(offsets().slice(0, 12)).toEqual([...Array(11).fill([0, 1, 2]), [3, 4, 5]]);
    expect(destination.sends.map(({ batch }) => batch)).toEqual([
      expect.objectContaining({
        condition: 'RetryAttemptsExhausted',
        invokeCount: 11,
        requestId: invoked[10]?.requestId,
        event: JSON.stringify(invoked[10]?.event),
      }),
    ]);
    expect(committed()).toEqual([3]);
    expect(lines.at(-1)).toBe(
      'warning orders-0 → work: offsets 0–2, 3 records: discarded after 11 attempts (RetryAttemptsExhausted), sent to kafka://orders-dlt',
    );
  });

  test('a retry has the same event, even if the function has changed it', async () => {
    const { accept, invoked } = aDelivery();
    const bytes = Buffer.from('text');
    accept([aRecord(0, { key: bytes, headers: [['name', bytes]] })]);
    await pass(WINDOW_MS);
    const event = structuredClone(invoked[0]?.event);

    change(invoked[0]?.event);
    invoked[0]?.fail();
    await pass(200);

    expect(invoked[1]?.event).toEqual(event);
  });

  test('the destination can get the event of each record', async () => {
    const destination = new ADestination();
    const { accept, invoked } = aDelivery({ destination, failures: { maximumRetries: 0 } });
    accept(records(0, 1, 2));
    await pass(0);
    invoked[0]?.fail();
    await pass(0);

    const [send] = destination.sends;
    const events = send?.batch.records.map((record) => JSON.parse(send.batch.eventOf(record)));

    expect(
      events?.map(({ records }) => records['orders-0'].map(({ offset }: { offset: number }) => offset)),
    ).toEqual([[0], [1], [2]]);
  });
});

describe('an error before the function ran', () => {
  const notRun = new EventSourceError('invocation_failed', 'no runtime');

  test('is retried and does not count as an attempt', async () => {
    const destination = new ADestination();
    const { accept, invoked, committed } = aDelivery({ destination, failures: { maximumRetries: 1 } });
    accept(records(0, 1, 2));
    await pass(0);

    await failNext(invoked, 20, notRun);
    const before = [destination.sends.length, committed().length];
    await failNext(invoked, 2);

    expect(before).toEqual([0, 0]);
    expect(invoked).toHaveLength(22);
    expect(destination.sends.map(({ batch }) => batch.invokeCount)).toEqual([2]);
    expect(committed()).toEqual([3]);
  });

  test('splits no batch', async () => {
    const { accept, invoked, offsets } = aDelivery({ failures: { bisects: true } });
    accept(records(0, 1, 2));
    await pass(0);

    await failNext(invoked, 1, notRun);

    expect(offsets()).toEqual([
      [0, 1, 2],
      [0, 1, 2],
    ]);
  });

  test('does not prevent expiry', async () => {
    const { accept, invoked, lines } = aDelivery({ failures: { maximumRecordAgeMs: AN_HOUR_MS } });
    accept(records(0, 1, 2).map((record) => ({ ...record, timestampMs: Date.now() })));
    await pass(0);

    await failNext(invoked, 121, notRun);

    expect(lines.at(-1)).toContain('discarded after 0 attempts (MaximumRecordAgeExceeded)');
  });
});

test.each(['function_timed_out', 'function_crashed', 'invalid_answer'] as const)(
  'the error %s counts as an attempt',
  async (code) => {
    const { accept, invoked, committed } = aDelivery({ failures: { maximumRetries: 0 } });
    accept(records(0, 1, 2));
    await pass(0);

    await failNext(invoked, 1, new EventSourceError(code, 'no'));

    expect(committed()).toEqual([3]);
  },
);
