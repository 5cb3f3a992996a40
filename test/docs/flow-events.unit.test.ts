import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

const section = (file: string, start: string, end: string): string => {
  const text = readFileSync(file, 'utf8');
  return text.slice(text.indexOf(start), text.indexOf(end));
};

test('docs/architecture.md lists every flow event, and no other', () => {
  const types = section('lib/observability/flow-events.ts', 'interface Operations', 'interface Invocation');
  const events = [...types.matchAll(/^ {2}'([\w.]+)':/gm)].map(([, name]) => name);

  const page = section('docs/architecture.md', '## Flow events', '## Monitoring');
  const documented = [...page.matchAll(/^\| `(\w+\.\w+)` \|/gm)].map(([, name]) => name);

  expect(events.length).toBeGreaterThan(20);
  expect(documented).toEqual(events);
});
