import { expect, test } from '@jest/globals';
import { createLifecycle, together } from '../../../local/process/lifecycle.ts';

function recorder() {
  const events: string[] = [];
  const running = (name: string, stop: () => Promise<void> = async () => undefined) => ({
    stop: async () => {
      await stop();
      events.push(`${name} stopped`);
    },
    kill: () => void events.push(`${name} killed`),
  });
  return { events, running };
}

test('what was started last is stopped first, and only once', async () => {
  const { events, running } = recorder();
  const lifecycle = createLifecycle();
  lifecycle.add(running('servers'));
  lifecycle.add(running('functions'));

  await Promise.all([lifecycle.stop(), lifecycle.stop()]);

  expect(events).toEqual(['functions stopped', 'servers stopped']);
});

test('one that fails to stop does not keep the others running, and its error is told', async () => {
  const { events, running } = recorder();
  const lifecycle = createLifecycle();
  lifecycle.add(running('servers'));
  lifecycle.add(running('functions', () => Promise.reject(new Error('stuck'))));

  await expect(lifecycle.stop()).rejects.toThrow('stuck');

  expect(events).toEqual(['servers stopped']);
});

test('kill reaches what stop still waits for', async () => {
  const { events, running } = recorder();
  const { promise: forever } = Promise.withResolvers<void>();
  const lifecycle = createLifecycle();
  lifecycle.add(together([running('Kafka', () => forever), running('PostgreSQL')]));

  void lifecycle.stop();
  await Promise.resolve();
  lifecycle.kill();

  expect(events).toEqual(expect.arrayContaining(['Kafka killed', 'PostgreSQL killed']));
});
