import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { freePort, LOCAL_HOST } from '../../../../local/process/ports.ts';
import type { CollectorReply } from '../../../support/trace-collector.ts';
import { newOrderId, startTracedFunctions, type TracedFunctions } from '../../../support/traced-functions.ts';
import { until } from '../../../support/until.ts';

const unsampled = { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-00` };

const SLOW_COLLECTOR_MS = 20_000;
/** A second, and a margin for a busy machine. A slow collector takes longer. */
const SLOWEST_MS = 10_000;

const warnings = ({ handlers }: TracedFunctions): string[] =>
  handlers
    .output()
    .split('\n')
    .filter((line) => line.includes('spans were lost'));

let aheadMs = 0;

/** Ends the pause after a failure. */
function endPause({ handlers }: TracedFunctions): void {
  aheadMs += 6_000;
  handlers.turnClock(aheadMs);
}

async function startWarm(environment?: Readonly<Record<string, string>>): Promise<TracedFunctions> {
  const functions = await startTracedFunctions(environment);
  await functions.create(newOrderId(), unsampled); // connects to Kafka
  await functions.create(newOrderId()); // loads the SDK
  return functions;
}

describe('a request is answered, although the collector', () => {
  let functions: TracedFunctions;

  beforeAll(async () => {
    functions = await startWarm();
  });
  afterAll(async () => {
    await functions[Symbol.asyncDispose]();
  });

  test.each<[string, CollectorReply, RegExp]>([
    ['hangs', 'hang', /no answer within 1000 ms/],
    ['answers slowly', { afterMs: SLOW_COLLECTOR_MS }, /no answer within 1000 ms/],
    ['answers 500', 500, /the collector answered 500/],
    ['answers 413', 413, /the collector answered 413/],
    ['redirects', 307, /the collector answered 307/],
    ['rejects some of the spans', { rejected: 1 }, /"spans":1,"reason":"the trace has too many spans/],
    ['resets the connection', 'reset', /ECONNRESET|socket hang up/],
  ])('%s: at most a second later, with one line, and nothing is pending', async (_what, reply, reason) => {
    endPause(functions);
    functions.collector.reply = reply;
    const before = warnings(functions).length;

    const { answer, ms, pending } = await functions.create(newOrderId());

    expect(answer).toMatchObject({ statusCode: 202 });
    expect(ms).toBeLessThan(SLOWEST_MS);
    expect(pending).toEqual([]);
    expect(warnings(functions).slice(before)).toEqual([expect.stringMatching(reason)]);
    await until('the connection is closed', () => functions.collector.connections() === 0);
  });

  test('has failed: for five seconds nothing is sent, then spans arrive again', async () => {
    endPause(functions);
    functions.collector.reply = 500;
    await functions.create(newOrderId());
    functions.collector.reply = 200;
    const [requests, lines] = [functions.collector.requests.length, warnings(functions).length];

    await functions.create(newOrderId());
    expect([functions.collector.requests.length, warnings(functions).length]).toEqual([requests, lines]);

    endPause(functions);
    await functions.create(newOrderId());
    expect(functions.collector.requests.length).toBe(requests + 1);
    // Those of the pause.
    expect(warnings(functions).slice(lines)).toEqual([
      expect.stringMatching(/"spans":2,"reason":"nothing was sent for 5 s after the last failure/),
    ]);

    await functions.create(newOrderId());
    expect(warnings(functions).slice(lines)).toHaveLength(1); // they are reported once
  });
});

test('a request is answered although nothing listens at the address of the collector', async () => {
  const endpoint = `http://${LOCAL_HOST}:${await freePort()}`;
  await using functions = await startTracedFunctions({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint });
  await functions.create(newOrderId(), unsampled);

  const { answer, ms, pending } = await functions.create(newOrderId());

  expect(answer).toMatchObject({ statusCode: 202 });
  expect(ms).toBeLessThan(SLOWEST_MS);
  expect(pending).toEqual([]);
  expect(warnings(functions)).toEqual([expect.stringMatching(/ECONNREFUSED/)]);
});

test('spans are sent with one request to /v1/traces, and the connection is closed', async () => {
  await using functions = await startWarm();
  const { collector } = functions;
  const before = collector.requests.length;

  const { pending } = await functions.create(newOrderId());

  expect(pending).toEqual([]);
  expect(collector.requests.slice(before)).toMatchObject([
    { path: '/v1/traces', headers: { 'content-type': 'application/json' } },
  ]);
  await until('the connection is closed', () => collector.connections() === 0);
});

test('locally an answer does not wait for the export', async () => {
  await using functions = await startWarm({
    STAGE: 'local',
    AWS_LAMBDA_FUNCTION_NAME: 'orderly-local-health',
    AWS_REGION: 'eu-west-1',
  });
  const orderId = newOrderId();
  functions.collector.reply = { afterMs: 900 };

  const answers = [await functions.create(orderId)];
  while (answers.length < 5) {
    answers.push(await functions.create(newOrderId()));
  }

  expect(answers).toMatchObject(Array(5).fill({ answer: { statusCode: 202 } }));
  expect(Math.min(...answers.map(({ ms }) => ms))).toBeLessThan(900); // a busy machine may delay some of them
  await until('the spans have arrived', () => functions.spansOf(orderId).length > 0);
  // All local functions share a process, so the variable would name the first one.
  expect(functions.spansOf(orderId)[0]?.resource).toEqual({
    'service.name': 'orderly',
    'service.version': expect.any(String),
    'deployment.environment.name': 'local',
  });
});

test('the spans of a stage name its function', async () => {
  await using functions = await startWarm({
    STAGE: 'dev',
    AWS_LAMBDA_FUNCTION_NAME: 'orderly-dev-createOrder',
  });
  const orderId = newOrderId();

  await functions.create(orderId);

  expect(functions.spansOf(orderId)[0]?.resource).toMatchObject({
    'deployment.environment.name': 'dev',
    'faas.name': 'orderly-dev-createOrder',
    'cloud.provider': 'aws',
    'cloud.platform': 'aws_lambda',
  });
});
