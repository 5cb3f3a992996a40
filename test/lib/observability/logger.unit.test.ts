import { PassThrough } from 'node:stream';
import { expect, test } from '@jest/globals';
import { createPrettyLogger } from '../../../lib/observability/logger.ts';

test('external text can neither start a new line nor control the terminal', () => {
  const stream = new PassThrough({ encoding: 'utf8' });
  const log = createPrettyLogger(
    'info',
    Object.assign(stream, { isTTY: false }) as unknown as NodeJS.WriteStream,
  );

  log('info', 'GET /\nFORGED\u001b[31m 404', { order_id: '\nFORGED', error: new Error('\u001b[2J') });

  const text = stream.read();
  expect(text.trimEnd().split('\n')).toHaveLength(1);
  expect(text).not.toContain('\u001b');
});
