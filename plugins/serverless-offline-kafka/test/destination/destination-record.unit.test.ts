import { expect, test } from '@jest/globals';
import { batchMessage, recordMessage } from '../../src/destination/destination-record.ts';
import { aDiscardedBatch, aDiscardedRecord, FUNCTION_ARN } from '../support/discarded-batch.ts';
import { CLUSTER_ARN } from '../support/service.ts';

const NOW = new Date('2026-11-22T10:00:00.123Z');
const origin = {
  functionArn: FUNCTION_ARN,
  eventSourceArn: CLUSTER_ARN,
  cluster: { bootstrapServers: 'localhost:9092,localhost:9093' },
};

test('a queue gets one message with the offsets of the batch, as on AWS', () => {
  const batch = aDiscardedBatch({
    records: [
      aDiscardedRecord({ partition: 0, offset: 120, timestampMs: Date.parse('2026-11-22T09:59:58.001Z') }),
      aDiscardedRecord({ partition: 1, offset: 7, timestampMs: Date.parse('2026-11-22T09:59:58.500Z') }),
      aDiscardedRecord({ partition: 0, offset: 121, timestampMs: Date.parse('2026-11-22T09:59:58.002Z') }),
      aDiscardedRecord({ partition: 0, offset: 171, timestampMs: Date.parse('2026-11-22T09:59:59.000Z') }),
    ],
    event: '{"ë":1}',
  });

  const message = batchMessage(batch, origin, NOW);

  expect(JSON.parse(message)).toEqual({
    requestContext: {
      requestId: '7b1c2f4e-0d5a-4c55-9d6b-1f6a2f1f0001',
      functionArn: 'arn:aws:lambda:eu-west-1:000000000000:function:work',
      condition: 'RetryAttemptsExhausted',
      approximateInvokeCount: 4,
    },
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    version: '1.0',
    timestamp: '2026-11-22T10:00:00.123Z',
    KafkaBatchInfo: {
      batchSize: 4,
      eventSourceArn: CLUSTER_ARN,
      bootstrapServers: 'localhost:9092,localhost:9093',
      payloadSize: 8, // bytes, not characters
      recordsInfo: {
        'orders-0': {
          firstRecordOffset: '120',
          lastRecordOffset: '171',
          firstRecordTimestamp: '2026-11-22T09:59:58.001Z',
          lastRecordTimestamp: '2026-11-22T09:59:59.000Z',
        },
        'orders-1': {
          firstRecordOffset: '7',
          lastRecordOffset: '7',
          firstRecordTimestamp: '2026-11-22T09:59:58.500Z',
          lastRecordTimestamp: '2026-11-22T09:59:58.500Z',
        },
      },
    },
  });
});

test('a topic gets a message per record, with the event of that record, as on AWS', () => {
  const record = aDiscardedRecord({ offset: 121, timestampMs: Date.parse('2026-11-22T09:59:58.002Z') });
  const batch = aDiscardedBatch({ records: [aDiscardedRecord({ offset: 120 }), record] });

  const message = recordMessage(batch, record, origin, NOW);

  expect(JSON.parse(message)).toEqual({
    requestContext: {
      requestId: '7b1c2f4e-0d5a-4c55-9d6b-1f6a2f1f0001',
      functionArn: 'arn:aws:lambda:eu-west-1:000000000000:function:work:$LATEST',
      condition: 'RetriesExhausted',
      approximateInvokeCount: 4,
    },
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    version: '1.0',
    timestamp: '2026-11-22T10:00:00.123Z',
    KafkaBatchInfo: {
      batchSize: 1,
      eventSourceArn: CLUSTER_ARN,
      bootstrapServers: 'localhost:9092,localhost:9093',
      payloadSize: batch.eventOf(record).length,
      recordInfo: { offset: '121', timestamp: '2026-11-22T09:59:58.002Z' },
    },
    payload: { eventSource: 'aws:kafka', offsets: [121] },
  });
});

test.each([
  ['MaximumPayloadSizeExceeded', 0, 'MaximumPayloadSizeExceeded', null],
  ['MaximumPayloadSizeExceeded', 2, 'MaximumPayloadSizeExceeded', null],
  ['MaximumRecordAgeExceeded', 0, 'RecordAgeExceeded', null],
  ['MaximumRecordAgeExceeded', 2, 'RecordAgeExceeded', { functionError: 'Unhandled' }],
] as const)(
  '%s after %i attempts has the condition %s, and a response context only if the function ran',
  (...row) => {
    const [condition, invokeCount, expected, response] = row;
    const record = aDiscardedRecord();
    const batch = aDiscardedBatch({ condition, invokeCount, records: [record] });

    const messages = [batchMessage(batch, origin, NOW), recordMessage(batch, record, origin, NOW)];

    for (const message of messages) {
      const { requestContext, responseContext } = JSON.parse(message);
      expect(requestContext).toMatchObject({ condition: expected, approximateInvokeCount: invokeCount });
      expect(responseContext).toEqual(response && expect.objectContaining(response));
    }
  },
);

test('a self-managed cluster has no ARN', () => {
  const { eventSourceArn, ...selfManaged } = origin;

  const message = batchMessage(aDiscardedBatch(), selfManaged, NOW);

  expect(JSON.parse(message).KafkaBatchInfo).not.toHaveProperty('eventSourceArn');
});

test('a record with a timestamp beyond any date can be sent', () => {
  const records = [
    aDiscardedRecord({ offset: 1, timestampMs: -9e18 }),
    aDiscardedRecord({ offset: 2, timestampMs: 9e18 }),
  ];

  const message = batchMessage(aDiscardedBatch({ records }), origin, NOW);

  expect(JSON.parse(message).KafkaBatchInfo.recordsInfo['orders-0']).toMatchObject({
    firstRecordTimestamp: '-271821-04-20T00:00:00.000Z',
    lastRecordTimestamp: '+275760-09-13T00:00:00.000Z',
  });
});
