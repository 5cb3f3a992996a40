import { expect, test } from '@jest/globals';
import * as incubating from '@opentelemetry/semantic-conventions/incubating';
import { resourceNames, spanNames } from '../../../../lib/observability/traces/semantic-names.ts';
import manifest from '../../../../node_modules/@opentelemetry/semantic-conventions/package.json' with {
  type: 'json',
};

const known = new Set(
  Object.entries(incubating).flatMap(([name, value]) => (name.startsWith('ATTR_') ? [value] : [])),
);

test.each(Object.values({ ...resourceNames, ...spanNames }))('%s is a name of the conventions', (name) => {
  expect(known).toContain(name);
});

test('the names are of version 1.45', () => {
  expect(manifest.version).toMatch(/^1\.45\./);
});
