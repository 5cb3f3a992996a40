import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import * as z from 'zod';
import { missingDependency, requiredServer } from '../src/missing-dependency.ts';

test('the list of required servers has exactly the functions of serverless.yml', () => {
  const schema = z.object({ functions: z.record(z.string(), z.unknown()) });
  const { functions } = schema.parse(parse(readFileSync('serverless.yml', 'utf8')));

  expect(Object.keys(requiredServer).sort()).toEqual(Object.keys(functions).sort());
});

test('a function that needs a server reports invalid settings of that server', async () => {
  const environment = { KAFKA_BROKERS: 'localhost', DATABASE_URL: 'mysql://localhost/orders' };

  expect(await missingDependency('createOrder', environment)).toMatch(
    /KAFKA_BROKERS\.0 must be .*DATABASE_URL must be/,
  );
  expect(await missingDependency('welcome', environment)).toBeUndefined();
});
