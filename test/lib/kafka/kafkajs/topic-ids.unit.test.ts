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
  { newest: 13, asked: 12 },
  { newest: 12, asked: 12 },
  { newest: 11, asked: 6 },
  { newest: 8, asked: 6 },
  { newest: 6, asked: 6 },
  { newest: 5, asked: 5 },
])('a broker whose newest metadata request is $newest is asked with $asked', ({ newest, asked }) => {
  const build = lookup({ [METADATA]: { minVersion: 0, maxVersion: newest } })(METADATA, requests.Metadata);
  const { request } = build({ topics: ['orders'], allowAutoTopicCreation: false });

  expect(request.apiVersion).toBe(asked);
});

test('a position counts for the topic whose id it notes, and without our note for any', () => {
  const [old, recreated] = ['a', 'b'].map((id) => new Map([['orders', id]]));
  const note = positionMetadata(old ?? new Map(), 'orders');

  expect(belongsToDeletedTopic(note, old ?? new Map(), 'orders')).toBe(false);
  expect(belongsToDeletedTopic(note, recreated ?? new Map(), 'orders')).toBe(true);
  for (const others of [null, '', 'topic', 'offset set by hand']) {
    expect(belongsToDeletedTopic(others, recreated ?? new Map(), 'orders')).toBe(false);
  }
});

test('without ids from the brokers every topic counts as the same', () => {
  const ids = new Map([['orders', 'a']]);
  const none = new Map<string, string>();

  expect(belongsToDeletedTopic(positionMetadata(ids, 'orders'), none, 'orders')).toBe(false);
  expect(isRecreated(ids, none, 'orders')).toBe(false);
  expect(isRecreated(none, ids, 'orders')).toBe(false);
  expect(isRecreated(ids, new Map([['orders', 'b']]), 'orders')).toBe(true);
});
