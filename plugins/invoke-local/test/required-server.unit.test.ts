import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import * as z from 'zod';
import { findObstacle, requiredServer } from '../src/required-server.ts';

test('every function of serverless.yml is in the list of what functions need, and no other', () => {
  const schema = z.object({ functions: z.record(z.string(), z.unknown()) });
  const { functions } = schema.parse(parse(readFileSync('serverless.yml', 'utf8')));

  expect(Object.keys(requiredServer).sort()).toEqual(Object.keys(functions).sort());
});

test('a function that needs a server is stopped by settings that name none, in their words', async () => {
  const environment = { KAFKA_BROKERS: 'localhost', DATABASE_URL: 'mysql://localhost/orders' };

  expect(await findObstacle('createOrder', environment)).toMatch(
    /KAFKA_BROKERS\.0 must be .*DATABASE_URL must be/,
  );
  expect(await findObstacle('welcome', environment)).toBeUndefined();
});
