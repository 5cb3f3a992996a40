import { readFileSync } from 'node:fs';
import specs from '@asyncapi/specs';
import { describe, expect, test } from '@jest/globals';
import { Ajv, type ErrorObject } from 'ajv';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';
import * as z from 'zod';
import { functions } from '../../../deployment/stack/functions.ts';
import { topicConfig, topics } from '../../../lib/kafka/topics/topics.ts';

const schemaRef = z.object({ $ref: z.string() });
const document = z
  .looseObject({
    channels: z.record(
      z.string(),
      z.object({
        address: z.string(),
        bindings: z.object({
          kafka: z.object({
            partitions: z.number(),
            topicConfiguration: z.record(z.string(), z.unknown()),
          }),
        }),
      }),
    ),
    operations: z.record(
      z.string(),
      z.object({
        action: z.enum(['send', 'receive']),
        channel: schemaRef,
        bindings: z
          .object({ kafka: z.object({ groupId: z.object({ enum: z.tuple([z.string()]) }) }) })
          .optional(),
        'x-functions': z.array(z.string()),
      }),
    ),
    components: z.object({
      messages: z.record(
        z.string(),
        z.object({
          headers: z.unknown().optional(),
          payload: z.unknown(),
          examples: z.array(z.object({ headers: z.unknown().optional(), payload: z.unknown() })).min(1),
        }),
      ),
      schemas: z.record(z.string(), z.unknown()),
    }),
  })
  .parse(JSON.parse(readFileSync('contracts/asyncapi.json', 'utf8')));

const operations = Object.values(document.operations).map(({ action, channel, bindings, ...rest }) => ({
  action,
  topic: channel.$ref.replace('#/channels/', ''),
  group: bindings?.kafka.groupId.enum[0],
  functions: rest['x-functions'],
}));

/** Returns the errors of a value by a schema of draft 7, which is the version of AsyncAPI. */
function errorsOf(schema: unknown, value: unknown): readonly ErrorObject[] {
  const ajv = new Ajv({ strict: false });
  addFormats.default(ajv);
  ajv.validate(Object(schema), value);
  return ajv.errors ?? [];
}

test('the document is valid AsyncAPI 3.0, and one with an unknown action is not', () => {
  const broken = structuredClone(document);
  Object.assign(broken.operations.sendCommands ?? {}, { action: 'sends' });

  expect(errorsOf(specs.schemasWithoutId['3.0.0'], document)).toEqual([]);
  expect(errorsOf(specs.schemasWithoutId['3.0.0'], broken)).not.toEqual([]);
});

test('every reference has its target in the document, which stands alone', () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, target]) => target);

  expect(references.length).toBeGreaterThan(10);
  for (const reference of references) {
    const path = String(reference).replace(/^#\//, '').split('/');
    const target = path.reduce<unknown>(
      (value, name) => z.record(z.string(), z.unknown()).parse(value)[name],
      document,
    );
    expect([reference, target]).toEqual([reference, expect.anything()]);
  }
});

test('the channels are the topics, with their partitions and their settings', () => {
  const declared = Object.entries(document.channels).map(([topic, { address, bindings }]) => ({
    topic,
    address,
    partitions: bindings.kafka.partitions,
    settings: Object.fromEntries(
      Object.entries(bindings.kafka.topicConfiguration).map(([name, value]) => [name, String(value)]),
    ),
  }));

  expect(declared).toEqual(
    Object.entries(topics).map(([topic, settings]) => ({
      topic,
      address: `{prefix}${topic}`,
      partitions: settings.partitions,
      settings: { 'cleanup.policy': 'delete', ...topicConfig(settings) },
    })),
  );
});

test('the operations that receive have the groups of the mappings in serverless.yml', () => {
  const service = z
    .object({
      functions: z.record(
        z.string(),
        z.object({
          events: z.array(
            z.object({ msk: z.object({ topic: z.string(), consumerGroupId: z.string() }).optional() }),
          ),
        }),
      ),
    })
    .parse(parse(readFileSync('serverless.yml', 'utf8')));
  const logical = (name: string): string => name.replace(`\${param:kafkaPrefix}`, '');
  const mappings = Object.entries(service.functions).flatMap(([name, { events }]) =>
    events.flatMap(({ msk }) =>
      msk === undefined
        ? []
        : { topic: logical(msk.topic), group: logical(msk.consumerGroupId), functions: [name] },
    ),
  );

  expect(operations.filter(({ action }) => action === 'receive')).toEqual(
    mappings.map((mapping) => ({ action: 'receive', ...mapping })),
  );
});

test('the operations that send name exactly the functions that may produce to the topic', () => {
  const producers = Object.keys(topics).map((topic) => ({
    topic,
    functions: Object.entries(functions).flatMap(([name, { grants }]) =>
      grants.some((grant) => grant.to === 'produce' && grant.topics.some((one) => one === topic))
        ? [name]
        : [],
    ),
  }));

  expect(
    operations
      .filter(({ action }) => action === 'send')
      .map(({ topic, functions: names }) => ({ topic, functions: names })),
  ).toEqual(producers);
});

describe.each(Object.entries(document.components.messages))('the message %s', (_name, message) => {
  const errorsBy = (schema: unknown, value: unknown): readonly ErrorObject[] =>
    errorsOf({ ...Object(schema), components: document.components }, value);

  test.each(message.examples)('has a valid example, number %#', ({ headers, payload }) => {
    expect(errorsBy(message.payload, payload)).toEqual([]);
    expect(errorsBy(message.headers ?? {}, headers)).toEqual([]);
  });
});
