import { beforeAll, expect, test } from '@jest/globals';
import { PACKAGING_MS, packagedTemplates } from '../support/packaged-templates.ts';
import type { Resources } from '../support/service-copy.ts';
import { leaveOut, leftOut, listedIn, listedTypes } from './explicit-defaults.ts';

let templates: [string, Resources][];

beforeAll(async () => {
  templates = Object.entries(await packagedTemplates()).map(([name, { template }]) => [
    name,
    template.Resources,
  ]);
}, PACKAGING_MS);

test('no template leaves out a property whose default is not ours', () => {
  expect(
    templates.flatMap(([name, resources]) => leftOut(resources).map((line) => `${name}: ${line}`)),
  ).toEqual([]);
});

test('each property that is left out is found, and no other is', () => {
  for (const [name, resources] of templates) {
    const listed = listedIn(resources);
    expect(listed.length).toBeGreaterThan(0);
    for (const { id, path } of listed) {
      const broken = structuredClone(resources);
      leaveOut(broken, { id, path });

      const found = leftOut(broken);

      expect([name, ...found]).toEqual([name, expect.stringContaining(` without ${path} means: `)]);
      expect(found[0]).toMatch(new RegExp(`^${id}: `));
    }
  }
});

test('a resource type that the list does not have is found, and the list has none that no template has', () => {
  const extra = { Extra: { Type: 'AWS::SQS::Queue', Properties: {} } };
  const used = templates.flatMap(([, resources]) => Object.values(resources).map(({ Type }) => Type));

  expect(leftOut(extra)).toEqual([expect.stringContaining('AWS::SQS::Queue is not in the list')]);
  expect([...new Set(used)].sort()).toEqual([...listedTypes].sort());
});
