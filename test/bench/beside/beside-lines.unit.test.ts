import { expect, test } from '@jest/globals';
import type { Comparison } from '../../../bench/beside/beside.ts';
import { besideLines } from '../../../bench/beside/beside-lines.ts';

test('the lines report the requests that were not accepted under load and at the low, even rate', () => {
  const http = [{ connections: 1, accepted: 9, perSecond: 9, p50Ms: 1, p99Ms: 2, notAccepted: 1 }];
  const ms = { count: 9, p50: 1, p90: 1, p95: 1, p99: 2, max: 2 };
  const comparison: Comparison = {
    http: [{ start: http, nodeHttp: http, accepting: http, storing: http }],
    backlog: [{ start: 8, batch: 4, same: 2, each: 1 }],
    senders: [{ senders: 32, orderly: [2], predecessor: [1] }],
    latency: {
      orderly: { acknowledged: ms, completed: ms, notAccepted: 2 },
      predecessor: { acknowledged: ms, completed: ms, notAccepted: 5 },
    },
  };

  const lines = besideLines(comparison).filter((line) => line.startsWith('Requests that were not accepted'));

  expect(lines).toEqual(['Requests that were not accepted: 4.', 'Requests that were not accepted: 7.']);
});
