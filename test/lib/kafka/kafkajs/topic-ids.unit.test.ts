import { expect, test } from '@jest/globals';
import requestsModule from 'kafkajs/src/protocol/requests/index.js';
import {
  belongsToDeletedTopic,
  isRecreated,
  positionMetadata,
} from '../../../../lib/kafka/kafkajs/topic-identity.ts';
import '../../../../lib/kafka/kafkajs/topic-ids.ts';

const METADATA = 3;

const { lookup, requests } = requestsModule;

test.each([
  { newest: 13, used: 12 },
  { newest: 12, used: 12 },
  { newest: 11, used: 6 },
  { newest: 8, used: 6 },
  { newest: 6, used: 6 },
  { newest: 5, used: 5 },
])('a broker whose newest metadata request is $newest gets version $used', ({ newest, used }) => {
  const build = lookup({ [METADATA]: { minVersion: 0, maxVersion: newest } })(METADATA, requests.Metadata);
  const { request } = build({ topics: ['orders'], allowAutoTopicCreation: false });

  expect(request.apiVersion).toBe(used);
});

test('a position is valid for the topic id in its metadata, and without such metadata for any topic', () => {
  const [old, recreated] = ['a', 'b'].map((id) => new Map([['orders', id]]));
  const metadata = positionMetadata(old ?? new Map(), 'orders');

  expect(belongsToDeletedTopic(metadata, old ?? new Map(), 'orders')).toBe(false);
  expect(belongsToDeletedTopic(metadata, recreated ?? new Map(), 'orders')).toBe(true);
  for (const others of [null, '', 'topic', 'offset set by hand']) {
    expect(belongsToDeletedTopic(others, recreated ?? new Map(), 'orders')).toBe(false);
  }
});

test('without ids from the brokers every topic counts as unchanged', () => {
  const ids = new Map([['orders', 'a']]);
  const none = new Map<string, string>();

  expect(belongsToDeletedTopic(positionMetadata(ids, 'orders'), none, 'orders')).toBe(false);
  expect(isRecreated(ids, none, 'orders')).toBe(false);
  expect(isRecreated(none, ids, 'orders')).toBe(false);
  expect(isRecreated(ids, new Map([['orders', 'b']]), 'orders')).toBe(true);
});
