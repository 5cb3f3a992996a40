import type { Profiler } from 'node:inspector';
import { expect, test } from '@jest/globals';
import { GARBAGE, layerTimes, NODE } from '../../bench/own-servers/layer-times.ts';

const layers = [
  { name: 'logs', files: /^lib\/logs\// },
  { name: 'library', files: /^lib\// },
];

/** A profile of stacks, each with its µs: the root first, as `function@file`. */
function profileOf(stacks: readonly [stack: string, us: number][]): Profiler.Profile {
  const nodes: Profiler.ProfileNode[] = [];
  const samples: number[] = [];
  const nodeOf = (stack: string): Profiler.ProfileNode => {
    const known = nodes.find(({ deoptReason }) => deoptReason === stack);
    if (known !== undefined) {
      return known;
    }
    const [functionName = '', url = ''] = stack.split(' > ').at(-1)?.split('@') ?? [];
    const callFrame = { functionName, url, scriptId: '1', lineNumber: 0, columnNumber: 0 };
    const node = { id: nodes.length + 1, callFrame, children: [], deoptReason: stack };
    nodes.push(node);
    const parent = stack.split(' > ').slice(0, -1).join(' > ');
    if (parent !== '') {
      nodeOf(parent).children?.push(node.id);
    }
    return node;
  };
  for (const [stack] of stacks) {
    samples.push(nodeOf(stack).id);
  }
  return { nodes, startTime: 0, endTime: 0, samples, timeDeltas: stacks.map(([, us]) => us) };
}

const FILE = 'file:///project/';

const times = (stacks: readonly [string, number][]): Record<string, number> =>
  Object.fromEntries(layerTimes(profileOf(stacks), '/project/', layers, /^bench\//));

test('a sample belongs to the innermost layer on the stack, with the functions of Node that it calls', () => {
  const write = `(root) > handle@${FILE}lib/handle.ts > log@${FILE}lib/logs/log.ts > write@node:net > writeBuffer@`;

  expect(times([[write, 7]])).toEqual({ logs: 7, library: 0, [NODE]: 0, [GARBAGE]: 0 });
});

test('a layer that calls another one keeps its own time', () => {
  const handle = `(root) > handle@${FILE}lib/handle.ts`;

  const result = times([
    [handle, 2],
    [`${handle} > log@${FILE}lib/logs/log.ts`, 3],
    [handle, 5],
  ]);

  expect(result).toMatchObject({ library: 7, logs: 3 });
});

test('a function that Node calls itself belongs to Node, and garbage collection to itself wherever it happens', () => {
  const result = times([
    ['(root) > onStreamRead@node:internal/stream_base_commons', 4],
    ['(root) > (program)@', 1],
    [`(root) > handle@${FILE}lib/handle.ts > (garbage collector)@`, 6],
  ]);

  expect(result).toEqual({ library: 0, logs: 0, [NODE]: 5, [GARBAGE]: 6 });
});

test('waiting does not count, nor does the bench; what the bench calls counts', () => {
  const child = `(root) > callAll@${FILE}bench/child.ts`;

  const result = times([
    ['(root) > (idle)@', 100],
    [child, 10],
    [`${child} > post@node:inspector`, 20],
    [`${child} > handle@${FILE}lib/handle.ts`, 3],
  ]);

  expect(result).toEqual({ library: 3, logs: 0, [NODE]: 0, [GARBAGE]: 0 });
});
