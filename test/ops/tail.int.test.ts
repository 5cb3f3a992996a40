import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, test } from '@jest/globals';
import { PROJECT_ROOT } from '../../local/settings.ts';
import { groupIds, produce } from '../support/consumer-topics.ts';
import { freshTopic, testBrokers } from '../support/kafka.ts';
import { scriptCommand } from '../support/script-command.ts';
import { until } from '../support/until.ts';

interface Tail {
  readonly process: ChildProcess;
  readonly output: { out: string; err: string };
  /** Resolves to the exit code. */
  readonly ended: Promise<number | null>;
  /** Signals npm and all its child processes, as a terminal does with Ctrl-C. */
  signal(name: NodeJS.Signals): void;
}

const running = new Set<Tail>();

afterEach(() => {
  for (const tail of running) {
    tail.signal('SIGKILL');
  }
});

/** The command of a user. */
const npmRunTail = { command: 'npm', args: ['run', '--silent', 'tail', '--'] };

function startTail(args: string[], { brokers = `${testBrokers()}`, by = scriptCommand('tail') } = {}): Tail {
  const child = spawn(by.command, [...by.args, ...args], {
    cwd: PROJECT_ROOT,
    detached: true,
    env: { ...process.env, KAFKA_BROKERS: brokers, NODE_OPTIONS: '', FORCE_COLOR: undefined },
  });
  const output = { out: '', err: '' };
  child.stdout.on('data', (data) => {
    output.out += data;
  });
  child.stderr.on('data', (data) => {
    output.err += data;
  });
  const tail: Tail = {
    process: child,
    output,
    ended: once(child, 'close').then(([code]) => {
      running.delete(tail);
      return code;
    }),
    signal: (name) => {
      process.kill(-Number(child.pid), name);
    },
  };
  running.add(tail);
  return tail;
}

const lines = ({ output }: Tail): string[] => output.out.split('\n').filter((line) => line !== '');

describe('npm run tail', () => {
  test('shows new messages, one uncoloured line each, until Ctrl-C, and then exits with 0', async () => {
    const topic = await freshTopic(1);
    await produce(topic, [{ key: 'before', value: '1' }]);
    const tail = startTail([topic], { by: npmRunTail });
    await until('it follows', () => tail.output.err.includes('Following'));

    await produce(topic, [
      { key: 'order-1', value: '{"price":1.50}', headers: { 'event-id': 'e-1' }, timestamp: '1793527200000' },
      { key: 'order-2', value: null, timestamp: '1793527200001' },
    ]);
    await until('both are shown', () => lines(tail).length === 2);
    tail.signal('SIGINT');

    expect(await tail.ended).toBe(0);
    expect(lines(tail)).toEqual([
      `2026-11-01T10:00:00.000Z  ${topic}/0@1  order-1  event-id=e-1  {"price":1.50}`,
      `2026-11-01T10:00:00.001Z  ${topic}/0@2  order-2  (tombstone)`,
    ]);
    expect((await groupIds()).filter((id) => id.startsWith('orderly-tail'))).toEqual([]);
  });

  test('with --from, --key, --max and --json it prints that many messages of the key as JSON, and then ends', async () => {
    const topic = await freshTopic(1);
    await produce(
      topic,
      ['a', 'b', 'a', 'a', 'a'].map((key, index) => ({ key, value: `{"index":${index}}` })),
    );

    const tail = startTail([topic, '--from', 'earliest', '--key', 'a', '--max', '3', '--json']);

    expect(await tail.ended).toBe(0);
    expect(lines(tail).map((line) => JSON.parse(line))).toMatchObject(
      [0, 2, 3].map((index) => ({ topic, partition: 0, offset: index, key: 'a', value: { index } })),
    );
  });

  test('it ends without an error when its reader closes the pipe', async () => {
    const topic = await freshTopic(1);
    const tail = startTail([topic, '--from', 'earliest']);
    await produce(topic, [{ value: '1' }]);
    await until('the first is shown', () => lines(tail).length === 1);

    tail.process.stdout?.destroy();
    await produce(topic, [{ value: '2' }]);
    await produce(topic, [{ value: '3' }]);

    expect(await tail.ended).toBe(0);
    expect(tail.output.err).toMatch(/^ +\d+\.\d s {2}Following \S+; Ctrl-C ends it\n$/);
  });

  test.each<[string, string[], string | undefined, RegExp]>([
    ['an unknown topic', ['no-such-topic'], undefined, /^There is no topic "no-such-topic" at [\d.:]+\.\n$/],
    [
      'Kafka away',
      ['orders'],
      '127.0.0.1:1',
      /^Kafka does not answer at 127\.0\.0\.1:1 \(.*ECONNREFUSED.*\): start it with "npm start" .*\n$/,
    ],
    ['an empty topic', [''], undefined, /^Give one topic: npm run tail -- orders\. See --help\.\n$/],
    ['an unknown option', ['orders', '--nope'], undefined, /^Unknown option '--nope'\. See --help\.\n$/],
    [
      'an option without its value',
      ['orders', '--max'],
      undefined,
      /^Option '--max <value>' argument missing\. See --help\.\n$/,
    ],
  ])('%s gives one line and exit code 1', async (_, args, brokers, expected) => {
    const tail = startTail(args, brokers === undefined ? {} : { brokers });

    expect(await tail.ended).toBe(1);
    expect(tail.output.err).toMatch(expected);
    expect(tail.output.out).toBe('');
  });
});
