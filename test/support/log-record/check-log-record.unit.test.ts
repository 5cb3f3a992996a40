import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { log } from '../../../lib/observability/logs/logger.ts';
import { apiRequest } from '../api-request.ts';
import { httpEvent } from '../http-event.ts';
import { newKey, signToken } from '../issuer.ts';
import { aRecord } from '../records.ts';
import { checkLogRecord, faultsOf, type LogCheck, type Selection } from './check-log-record.ts';
import {
  forbid,
  lineRecorder,
  recordLines,
  recordOutput,
  TEST_LOG_RECORD,
  TEST_LOG_SOURCE,
} from './log-record.ts';

const outer = { ...process.env };
let directory: string;

/** A separate record, whose leaks do not fail this run. */
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'orderly-log-record-'));
  Object.assign(process.env, {
    [TEST_LOG_RECORD]: directory,
    [TEST_LOG_SOURCE]: 'test/lib/x.int.test.ts',
    STAGE: 'local',
  });
});

afterEach(() => {
  Object.assign(process.env, outer);
  rmSync(directory, { recursive: true });
});

const leaks = (): string[] => checkLogRecord(directory).leaks.map(({ what }) => what);

describe('a leak is found', () => {
  test('in a line of our logger in this process', () => {
    log('info', 'a line', { reason: '{"product_id":"p-1"}' });

    expect(leaks()).toEqual(['a field of a body']);
  });

  test('in both streams of a running child process, except in a line that is excepted', async () => {
    const program =
      'console.log("price=1\\n  curl price=2"); console.error("whsec_0123456789"); process.stdout.write("price=3")';
    const child = spawn(process.execPath, ['-e', program]);
    recordOutput('npm-start', child, /^ {2}curl /);

    await once(child, 'close');

    expect(leaks().toSorted()).toEqual(['a field of a body', 'a field of a body', 'a signing secret']);
  });

  test('in a line that arrives in parts', () => {
    const parts = lineRecorder('npm-start');
    const others = lineRecorder('npm-start');
    parts.add('a key of AW');
    others.add('another process\n');
    parts.add('S: AKIAIOSFODNN7EXAMPLE\n');

    expect(checkLogRecord(directory)).toMatchObject({
      lines: { 'npm-start': 2 },
      leaks: [{ place: 'lines/npm-start/test/lib/x.int.test.ts:2', before: 'a key of AWS: ' }],
    });
  });

  test('with a value that a test registers', () => {
    forbid('secret', 'registry-user:registry-pw');
    recordLines('fresh-process', 'failed with registry-user:registry-pw');

    expect(leaks()).toEqual(['a registered secret']);
  });

  test('with a body, a token or an Idempotency-Key of a request, a record or an issuer', async () => {
    const token = await signToken(await newKey('ES256'), {});
    const headers = { 'idempotency-key': 'request 1 of a test', authorization: 'Bearer opaque-token' };
    httpEvent('POST', '/api/orders', 'a body that is text', headers);
    aRecord({ value: Buffer.from('a value of a record') });
    await apiRequest('http://127.0.0.1:1', 'POST', '/', ['a body', 'of an array']).catch(() => undefined);
    const values = [
      'request 1 of a test',
      'opaque-token',
      'a body that is text',
      'a value of a record',
      '["a body","of an array"]',
    ];
    recordLines('in-process', [...values, token.split('.')[2]].join('\n'));

    expect(leaks()).toEqual([
      'a registered Idempotency-Key',
      'a registered token',
      'a registered body',
      'a registered body',
      'a registered body',
      'a registered token',
    ]);
  });
});

const everything: Selection = { nonFlagArgs: [], onlyChanged: false, onlyFailures: false };

describe('a run fails', () => {
  test('with a leak: the fault has its place, and only the beginning of the value', () => {
    recordLines('npm-start', '\nfirst line\n12:00 INFO  done secret=whsec_0123456789');

    expect(faultsOf(checkLogRecord(directory), { ...everything, nonFlagArgs: ['test/lib'] })).toEqual([
      'lines/npm-start/test/lib/x.int.test.ts:2: a signing secret (whse…, 16 characters) after "12:00 INFO  done secret="',
    ]);
  });

  test('when a whole tier has recorded too few lines, but not when it did not run', () => {
    recordLines('handler-process', 'one line');
    const check = checkLogRecord(directory);

    expect(faultsOf(check, everything)).toContainEqual(
      expect.stringMatching(/^only 1 log lines were recorded from handler-process, expected at least \d+$/),
    );
    expect(faultsOf(check, everything)).not.toContainEqual(expect.stringContaining('npm-start'));
  });

  test.each<Partial<Selection>>([
    { nonFlagArgs: ['test/lib'] },
    { testNamePattern: 'an order' },
    { onlyChanged: true },
    { onlyFailures: true },
    { shard: { shardIndex: 1, shardCount: 2 } },
  ])('but not with few lines when only some tests were selected: %j', (selected) => {
    recordLines('handler-process', 'one line');
    const check: LogCheck = checkLogRecord(directory);

    expect(faultsOf(check, { ...everything, ...selected })).toEqual([]);
  });
});
