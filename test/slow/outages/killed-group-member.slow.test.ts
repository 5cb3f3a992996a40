import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { expect, test } from '@jest/globals';
import { createConsumer } from '../../../lib/kafka/consumer/consumer.ts';
import { PROJECT_ROOT } from '../../../local/settings.ts';
import {
  distinct,
  expectInOrder,
  handler,
  PARTITIONS,
  produceUntilStopped,
  type Seen,
} from '../../support/consumer-group.ts';
import { freshTopic, testBrokers } from '../../support/kafka.ts';
import { until } from '../../support/until.ts';

test('when a member is killed with SIGKILL, others take over within seconds: no message is lost, and at most its last five seconds are repeated', async () => {
  const topic = await freshTopic(PARTITIONS);
  const groupId = `group-${randomUUID()}`;
  await using scope = new AsyncDisposableStack();
  const seen: Seen[] = [];
  const load = produceUntilStopped(topic);
  scope.defer(async () => void (await load.stop()));
  const killed = startMemberProcess(topic, groupId);
  scope.defer(() => void killed.kill('SIGKILL'));
  const times = new Map<number, number>();
  createInterface(killed.stdout).on('line', (line) => {
    const [partition, value] = line.split(' ').map(Number);
    seen.push({ member: 'killed', partition: Number(partition), value: Number(value) });
    times.set(Number(value), performance.now());
  });
  await until('it has worked for a while', () => performance.now() - (times.get(0) ?? Infinity) > 10_000);

  const killedAt = performance.now(); // the end of the process may take longer on a busy machine
  killed.kill('SIGKILL');
  await once(killed, 'close');
  const heir = scope.use(
    createConsumer<Record<string, number>>({
      brokers: testBrokers(),
      clientId: 'groups-test',
      topics: [topic],
      groupId,
    }),
  );
  await heir.start(handler('heir', seen, 0));
  const total = await load.stop();
  await until('another member has handled the rest', () => distinct(seen) === total);

  const repeated = seen.filter(({ member, value }) => member === 'heir' && times.has(value));
  const oldest = Math.min(killedAt, ...repeated.map(({ value }) => times.get(value) ?? 0));
  expect(killedAt - oldest).toBeLessThan(5_000);
  expectInOrder(seen);
});

/** A member in its own process, which prints the handled messages. */
function startMemberProcess(topic: string, groupId: string): ChildProcessByStdio<null, Readable, null> {
  const options = { brokers: testBrokers(), clientId: 'killed', topics: [topic], groupId };
  const program = `
    import { createConsumer } from ${JSON.stringify(join(PROJECT_ROOT, 'lib/kafka/consumer/consumer.ts'))};
    const consumer = createConsumer(${JSON.stringify(options)});
    await consumer.start(({ partition, value }) => console.log(partition, value));
  `;
  const args = ['--input-type=module', '-e', program];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  return child;
}
