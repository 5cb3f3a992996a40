import { describe, expect, jest, test } from '@jest/globals';
import { pollUntil } from '../../../cli/poll-until.ts';
import type { Server } from '../../../local/process/server-process.ts';
import { restartDelayMs, supervise } from '../../../local/process/supervisor.ts';

interface FakeServer extends Server {
  end(): void;
}

function fakeServer(pid: number): FakeServer {
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const stop = jest.fn(async () => end());
  return {
    kind: { name: 'kafka', label: 'Kafka', stopSignal: 'SIGTERM' },
    ...{ pid, port: 1, startedBy: 'start', ended, end, stop, kill: jest.fn(end) },
    [Symbol.asyncDispose]: stop,
  };
}

function recordingOutput() {
  const lines: string[] = [];
  const say = (line: string): void => void lines.push(line);
  return { lines, output: { step: say, warn: say, print: say } };
}

const within = { intervalMs: 5, timeoutMs: 5_000 };

describe('supervise', () => {
  test('a server that ends is restarted, and a line reports it', async () => {
    const [first, second] = [fakeServer(1), fakeServer(2)];
    const { lines, output } = recordingOutput();
    const supervised = supervise(first, { output, restart: async () => second });

    first.end();
    await pollUntil(() => supervised.current === second, within);
    await supervised.stop();

    expect(lines).toEqual([
      'Kafka (pid 1) has ended unexpectedly: restarting',
      'Kafka is running again (pid 2)',
    ]);
    expect(second.stop).toHaveBeenCalled();
  });

  test('a failed restart is reported and retried', async () => {
    const [first, second] = [fakeServer(1), fakeServer(2)];
    const { lines, output } = recordingOutput();
    const restart = jest
      .fn<() => Promise<Server>>()
      .mockRejectedValueOnce(new Error('port 1 is busy'))
      .mockResolvedValueOnce(second);
    const supervised = supervise(first, { output, restart });

    first.end();
    await pollUntil(() => supervised.current === second, within);
    await supervised.stop();

    expect(lines[1]).toBe('Kafka could not be restarted: port 1 is busy');
    expect(restart).toHaveBeenCalledTimes(2);
  });

  test('a stopped server is not restarted', async () => {
    const first = fakeServer(1);
    const restart = jest.fn<() => Promise<Server>>();
    const { lines, output } = recordingOutput();
    const supervised = supervise(first, { output, restart });

    await supervised.stop();

    expect(first.stop).toHaveBeenCalled();
    expect([restart.mock.calls, lines]).toEqual([[], []]);
  });

  test('a server that becomes ready during a stop is stopped too', async () => {
    const [first, second] = [fakeServer(1), fakeServer(2)];
    const { promise: becomesReady, resolve: ready } = Promise.withResolvers<Server>();
    const restart = jest.fn(() => becomesReady);
    const supervised = supervise(first, { output: recordingOutput().output, restart });

    first.end();
    await pollUntil(() => restart.mock.calls.length > 0, within);
    const stopped = supervised.stop();
    ready(second);
    await stopped;

    expect(second.stop).toHaveBeenCalled();
  });
});

test('the pause before a restart doubles after each short run, up to half a minute', () => {
  expect([0, 1, 2, 6, 7, 20].map(restartDelayMs)).toEqual([250, 500, 1_000, 16_000, 30_000, 30_000]);
});
