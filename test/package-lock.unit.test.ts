import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import * as z from 'zod';

const packages = z
  .object({
    packages: z.record(
      z.string(),
      z.object({ optional: z.boolean().optional(), engines: z.record(z.string(), z.string()).optional() }),
    ),
  })
  .parse(JSON.parse(readFileSync('package-lock.json', 'utf8'))).packages;

/** Returns whether each alternative of a range begins with a newer major version than 20. */
const excludesNode20 = (range: string): boolean =>
  range.split('||').every((alternative) => Number(/\d+/.exec(alternative)?.[0]) > 20);

// The project brings its own Node 24. A user with Node 20 could only ignore a warning about packages that run there.
// After `npm install` has written these lines again, remove `engines` of the packages that are listed here.
test('npm ci on Node 20 warns of no package that runs on the Node 24 of the project', () => {
  const warnedOf = Object.entries(packages)
    .filter(
      ([path, { optional, engines }]) => path !== '' && !optional && excludesNode20(engines?.node ?? '*'),
    )
    .map(([path]) => path);

  expect(warnedOf).toEqual([]);
});
