import { kafkaConsumer } from '@aws-lambda-powertools/kafka';
import type { SchemaConfig } from '@aws-lambda-powertools/kafka/types';
import {
  KafkaMskEventSchema,
  KafkaSelfManagedEventSchema,
} from '@aws-lambda-powertools/parser/schemas/kafka';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Context, MSKEvent } from 'aws-lambda';
import { uniqueName } from '../support/kafka.ts';
import { CLUSTER_ARN } from '../support/service.ts';
import { captureEvents, produceMessages } from './capture-events.ts';
import { mskEvent, selfManagedKafkaEvent } from './typed-events.ts';

const ordinary = { key: 'order-1', value: '{"id":1}', headers: { traceId: 'abc' } };
const repeatedNames = { key: 'k', value: 'v', headers: { a: ['1', '2'], b: '3' } };
const noHeaders = { key: 'order-2', value: '{"id":2,"name":"Ämter"}' };
const emptyValue = { key: 'k', value: Buffer.alloc(0) };
const emptyKey = { key: Buffer.alloc(0), value: 'v' };
const noKey = { key: null, value: 'v' };
const tombstone = { key: 'order-1', value: null };
const nonAscii = { key: 'k', value: 'v', headers: { name: 'Zoë', bytes: Buffer.from([0, 127, 128, 255]) } };

/** A name with dots, an underscore, and a hyphen and a digit at the end: it cannot be split at a separator. */
const topic = `orders-eu.v1_${uniqueName()}-0`;
const place = `${topic}-0`;
const context: Context = {
  callbackWaitsForEmptyEventLoop: false,
  functionName: 'work',
  functionVersion: '$LATEST',
  invokedFunctionArn: 'arn:aws:lambda:eu-west-1:000000000000:function:work',
  memoryLimitInMB: '128',
  awsRequestId: '00000000-0000-0000-0000-000000000000',
  logGroupName: '/aws/lambda/work',
  logStreamName: 'work',
  getRemainingTimeInMillis: () => 6_000,
  done: () => undefined,
  fail: () => undefined,
  succeed: () => undefined,
};

/** The captured events by the name of their record. */
let single: Record<'ordinary' | 'emptyKey' | 'noKey' | 'tombstone' | 'nonAscii', MSKEvent>;

beforeAll(async () => {
  const odd = uniqueName();
  await produceMessages(topic, [ordinary, repeatedNames, noHeaders, emptyValue]);
  await produceMessages(odd, [ordinary, emptyKey, noKey, tombstone, nonAscii]);
  const events = await captureEvents({ topic: odd, records: 5, batchSize: 1, eventSourceArn: CLUSTER_ARN });
  const [forOrdinary, forEmptyKey, forNoKey, forTombstone, forNonAscii] = events.map((json) =>
    JSON.parse(json),
  );
  single = {
    ordinary: forOrdinary,
    emptyKey: forEmptyKey,
    noKey: forNoKey,
    tombstone: forTombstone,
    nonAscii: forNonAscii,
  };
});

const onlyRecord = (event: MSKEvent) => Object.values(event.records).flat()[0];

describe.each([
  ['an MSK cluster', { eventSourceArn: CLUSTER_ARN }, mskEvent, KafkaMskEventSchema],
  ['a self-managed cluster', {}, selfManagedKafkaEvent, KafkaSelfManagedEventSchema],
] as const)('an event of %s', (_, origin, typed, powertools) => {
  let event: unknown;

  beforeAll(async () => {
    const [json = ''] = await captureEvents({ topic, records: 4, ...origin });
    event = JSON.parse(json);
  });

  test('has exactly the fields of @types/aws-lambda', () => {
    const { records } = typed.parse(event);

    expect(Object.keys(records)).toEqual([place]);
    expect(records[place]?.map(({ offset }) => offset)).toEqual([0, 1, 2, 3]);
    expect(records[place]?.[1]).toMatchObject({ topic, partition: 0, timestampType: 'CREATE_TIME' });
    expect(records[place]?.map(({ headers }) => headers)).toEqual([
      [{ traceId: [97, 98, 99] }],
      [{ a: [49] }, { a: [50] }, { b: [51] }],
      [],
      [],
    ]);
    expect(typed.safeParse({ ...Object(event), more: 1 }).success).toBe(false);
  });

  test("is parsed by Powertools' parser", () => {
    const { records } = powertools.parse(event);

    expect(records[place]?.map(({ key, value }) => [key, value])).toEqual([
      ['order-1', '{"id":1}'],
      ['k', 'v'],
      ['order-2', '{"id":2,"name":"Ämter"}'],
      ['k', ''],
    ]);
    expect(records[place]?.[1]?.headers).toEqual([{ a: '1' }, { a: '2' }, { b: '3' }]);
  });
});

describe("Powertools' kafkaConsumer", () => {
  const recordOf = async (event: MSKEvent, config?: SchemaConfig) => {
    const read = kafkaConsumer<string, unknown>(async ({ records: [record] }) => ({ ...record }), config);
    return Object(await read(JSON.parse(JSON.stringify(event)), context));
  };

  test('reads key, value and headers', async () => {
    expect(await recordOf(single.ordinary, { value: { type: 'json' } })).toMatchObject({
      key: 'order-1',
      value: { id: 1 },
      headers: [{ traceId: 'abc' }],
    });
  });

  test('reads a record without a key, and one with an empty key', async () => {
    expect(await recordOf(single.noKey)).toMatchObject({
      key: undefined,
      originalKey: undefined,
      value: 'v',
    });
    expect(await recordOf(single.emptyKey)).toMatchObject({ key: undefined, originalKey: '', value: 'v' });
  });

  test('reads a tombstone', async () => {
    expect(await recordOf(single.tombstone)).toMatchObject({ key: 'order-1', value: undefined, offset: 3 });
  });

  test('reads headers with bytes that are not ASCII', async () => {
    const { headers } = await recordOf(single.nonAscii);

    expect(headers[0]).toEqual({ name: 'Zoë' });
  });
});

describe('fields that libraries do not expect', () => {
  test("header bytes are signed, and Powertools' parser throws at them", () => {
    expect(onlyRecord(single.nonAscii)?.headers).toEqual([
      { name: [90, 111, -61, -85] },
      { bytes: [0, 127, -128, -1] },
    ]);
    expect(mskEvent.safeParse(single.nonAscii).success).toBe(true);
    expect(() => KafkaMskEventSchema.safeParse(single.nonAscii)).toThrow('Invalid code point -61');
  });

  test("a tombstone has no value, which @types/aws-lambda and Powertools' parser require", () => {
    expect(onlyRecord(single.tombstone)).not.toHaveProperty('value');
    for (const schema of [mskEvent, KafkaMskEventSchema]) {
      const { error } = schema.safeParse(single.tombstone);

      expect(error?.issues.map(({ path }) => path.at(-1))).toEqual(['value']);
    }
  });

  test('a record without a key has no key, which @types/aws-lambda requires', () => {
    expect(onlyRecord(single.noKey)).not.toHaveProperty('key');
    expect(KafkaMskEventSchema.safeParse(single.noKey).success).toBe(true);
    expect(mskEvent.safeParse(single.noKey).error?.issues.map(({ path }) => path.at(-1))).toEqual(['key']);
  });
});

test("with nullFields: 'null' absent fields are null, and kafkaConsumer reads them", async () => {
  const other = uniqueName();
  await produceMessages(other, [{ key: null, value: null }]);
  const [json = ''] = await captureEvents({
    topic: other,
    records: 1,
    eventSourceArn: CLUSTER_ARN,
    nullFields: 'null',
  });
  const read = kafkaConsumer(async ({ records }) => records.map(({ key, value }) => [key, value]));

  expect(onlyRecord(JSON.parse(json))).toMatchObject({ key: null, value: null });
  expect(await read(JSON.parse(json), context)).toEqual([[null, null]]);
});
