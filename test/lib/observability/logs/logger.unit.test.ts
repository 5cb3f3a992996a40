import { spawnSync } from 'node:child_process';
import { PassThrough, Writable } from 'node:stream';
import { setImmediate as endOfTurn } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { createPrettyLogger } from '../../../../lib/observability/logs/logger.ts';

test('external text can neither start a new line nor control the terminal', async () => {
  const stream = new PassThrough({ encoding: 'utf8' });
  const log = createPrettyLogger(
    'info',
    Object.assign(stream, { isTTY: false }) as unknown as NodeJS.WriteStream,
  );

  log('info', 'GET /\nFORGED\u001b[31m 404', { order_id: '\nFORGED', error: new Error('\u001b[2J') });

  await endOfTurn();
  const text = stream.read();
  expect(text.trimEnd().split('\n')).toHaveLength(1);
  expect(text).not.toContain('\u001b');
});

test('a cause is printed after its error, unless the error repeats it', () => {
  const stream = new PassThrough({ encoding: 'utf8' });
  const log = createPrettyLogger(
    'info',
    Object.assign(stream, { isTTY: false }) as unknown as NodeJS.WriteStream,
  );
  const cause = new Error('timed out');

  log('warn', 'first', { error: new Error('no answer', { cause }) });
  log('warn', 'second', { error: new Error('Request 18 timed out', { cause }) });

  expect(stream.read()).toMatch(
    /first error=no answer \(timed out\)\n.*second error=Request 18 timed out\n$/,
  );
});

describe('the lines of one turn of the event loop', () => {
  const writes = () => {
    const chunks: string[] = [];
    const stream = new Writable({
      decodeStrings: false,
      write: (chunk, _, done) => {
        chunks.push(chunk);
        done();
      },
      writev: (written, done) => {
        chunks.push(written.map(({ chunk }) => chunk).join(''));
        done();
      },
    });
    return { chunks, log: createPrettyLogger('info', stream as unknown as NodeJS.WriteStream) };
  };

  test('are one write, in their order', async () => {
    const { chunks, log } = writes();

    log('info', 'first');
    log('info', 'second');
    const during = chunks.length;
    await endOfTurn();
    log('info', 'third');
    await endOfTurn();

    expect(during).toBe(0);
    expect(chunks).toEqual([expect.stringMatching(/first\n.*second\n$/), expect.stringMatching(/third\n$/)]);
  });

  test('are written at once with a warning or an error', () => {
    const { chunks, log } = writes();

    log('info', 'first');
    log('warn', 'second');
    log('error', 'third');

    expect(chunks).toEqual([expect.stringMatching(/first\n.*second\n$/), expect.stringMatching(/third\n$/)]);
  });

  test.each(['process.exit(3)', 'throw new Error("thrown")', 'setImmediate(() => process.exit(3))', ''])(
    'are not lost if the process ends with "%s"',
    (end) => {
      const module = new URL('../../../../lib/observability/logs/logger.ts', import.meta.url);
      const program = `
        import { createPrettyLogger } from '${module}';
        createPrettyLogger('info', process.stdout)('info', 'last');
        ${end}`;

      const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
        encoding: 'utf8',
      });

      expect(stdout).toMatch(/last\n$/);
    },
  );
});
