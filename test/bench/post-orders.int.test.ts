import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import autocannon from 'autocannon';
import { countNotAccepted } from '../../bench/post-orders.ts';

test('a request that times out counts once', async () => {
  const silent = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;

  const result = await autocannon({ url, connections: 2, amount: 2, timeout: 1 });
  silent.closeAllConnections();
  silent.close();

  expect(result.timeouts).toBeGreaterThanOrEqual(2);
  expect(countNotAccepted(result)).toBe(result.timeouts);
});
