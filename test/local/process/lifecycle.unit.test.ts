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

test('the last started service stops first, and only once', async () => {
  const { events, running } = recorder();
  const lifecycle = createLifecycle();
  lifecycle.add(running('servers'));
  lifecycle.add(running('functions'));

  await Promise.all([lifecycle.stop(), lifecycle.stop()]);

  expect(events).toEqual(['functions stopped', 'servers stopped']);
});

test('a service that fails to stop does not prevent the stop of the others, and its error is reported', async () => {
  const { events, running } = recorder();
  const lifecycle = createLifecycle();
  lifecycle.add(running('servers'));
  lifecycle.add(running('functions', () => Promise.reject(new Error('stuck'))));

  await expect(lifecycle.stop()).rejects.toThrow('stuck');

  expect(events).toEqual(['servers stopped']);
});

test('kill ends services that stop still waits for', async () => {
  const { events, running } = recorder();
  const { promise: forever } = Promise.withResolvers<void>();
  const lifecycle = createLifecycle();
  lifecycle.add(together([running('Kafka', () => forever), running('PostgreSQL')]));

  void lifecycle.stop();
  await Promise.resolve();
  lifecycle.kill();

  expect(events).toEqual(expect.arrayContaining(['Kafka killed', 'PostgreSQL killed']));
});
