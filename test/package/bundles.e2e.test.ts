import { execFile } from 'node:child_process';
import { globSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { unzipSync } from 'fflate';
import * as z from 'zod';
import { httpEvent, lambdaContext } from '../support/http-event.ts';
import { recordLines } from '../support/log-record/log-record.ts';
import { PACKAGING_MS, packaged } from '../support/packaged-templates.ts';
import { aRecord, mskEvent } from '../support/records.ts';
import type { ServiceCopy } from '../support/service-copy.ts';
import { startTraceCollector } from '../support/trace-collector.ts';

interface Packaged {
  /** `functions/http/create-order`: the path of its file, without the ending. */
  readonly path: string;
  readonly files: Readonly<Record<string, Uint8Array>>;
}

let service: ServiceCopy;
let functions: readonly Packaged[];
/** Where the zips are unpacked: away from every package.json and node_modules. */
const taskRoot = mkdtempSync(join(tmpdir(), 'orderly-task-'));

beforeAll(async () => {
  ({ service } = await packaged('application'));
  functions = packagedFunctions(service);
}, PACKAGING_MS);

afterAll(() => rmSync(taskRoot, { recursive: true, force: true }));

/** The files that functions read. */
const readFiles: Readonly<Record<string, () => string[]>> = {
  'functions/http/contracts': () =>
    ['*.json', 'schemas/*.json'].flatMap((pattern) => globSync(`contracts/${pattern}`)),
  'functions/http/reference': () => globSync('reference/dist/*.gz', { cwd: service.directory }),
};

/** The module that a function requires with its first sampled trace. */
const TRACER = 'lib/observability/traces/tracer.js';

const isTraced = ({ path, files }: Packaged): boolean => textOf(files[`${path}.js`]).includes(TRACER);

test('a zip holds the function, the tracer, their source maps, the files that it reads, and of package.json only the version', () => {
  for (const packaged of functions) {
    const { path, files } = packaged;
    expect(Object.keys(files).sort()).toEqual(
      [
        ...[`${path}.js`, `${path}.js.map`],
        ...(isTraced(packaged) ? [TRACER, `${TRACER}.map`] : []),
        ...(readFiles[path]?.() ?? []),
      ].sort(),
    );
    expect(textOf(files[`${path}.js`]).includes('autocannon')).toBe(false); // one of its devDependencies
  }
});

test('a source map names our TypeScript, and carries no text of it', () => {
  for (const { path, files } of functions) {
    const map = sourceMapOf(files[`${path}.js.map`]);

    expect(map.sources).toContain(`${basename(path)}.ts`);
    expect(map.sourcesContent).toBeUndefined();
  }
});

test('the entries stay below the sizes that keep a cold start short', () => {
  const kilobytes = Object.fromEntries(
    functions.map(({ path, files }) => [basename(path), (files[`${path}.js`]?.byteLength ?? 0) / 1_000]),
  );

  expect(kilobytes['create-order']).toBeLessThan(600);
  expect(kilobytes['process-orders']).toBeLessThan(575);
});

test('OpenTelemetry is in the file of the tracer, which is small, and in no entry', () => {
  const traced = functions.filter(isTraced).map(({ path }) => basename(path));
  expect(traced).toEqual(
    expect.arrayContaining([
      'create-order',
      'process-orders',
      'fulfil-orders',
      'retry-orders',
      'relay-outbox',
    ]),
  );
  for (const { path, files } of functions) {
    expect(librariesOf(path)).not.toContain('@opentelemetry/api');
    expect(files[TRACER]?.byteLength ?? 0).toBeLessThan(60_000);
  }
  expect(librariesIn(find('functions/http/create-order'), TRACER)).toContain('@opentelemetry/sdk-trace');
});

test('a function carries the libraries that it uses: process-orders no HTTP, get-order and prune no Kafka client', () => {
  expect(librariesOf('functions/kafka/process-orders')).toContain('pg');
  expect(librariesOf('functions/kafka/process-orders')).toContain('kafkajs');
  expect(librariesOf('functions/kafka/process-orders')).not.toContain('@middy/core');
  expect(librariesOf('functions/kafka/process-orders')).not.toContain('jose');
  expect(librariesOf('functions/http/get-order')).toContain('jose');
  expect(librariesOf('functions/http/get-order')).not.toContain('kafkajs');
  expect(librariesOf('functions/scheduled/prune')).not.toContain('kafkajs');
  expect(librariesOf('functions/http/welcome')).not.toContain('pg');
});

test('no bundle carries the native client of pg, whose addon it cannot contain', () => {
  for (const { path, files } of functions) {
    const { sources } = sourceMapOf(files[`${path}.js.map`]);

    expect([path, sources.filter((source) => source.includes('pg/lib/native'))]).toEqual([path, []]);
  }
});

test('a bundle with kafkajs carries what mends it, although only its effect is used', () => {
  for (const { path, files } of functions) {
    const isMended = textOf(files[`${path}.js`]).includes('The LZ4 frame is truncated.');

    expect([path, isMended]).toEqual([path, librariesOf(path).includes('kafkajs')]);
  }
});

test(
  'the same source gives the same bytes, wherever, in whatever time zone and with whatever parameters it is packaged',
  async () => {
    const { service: other } = await packaged('application with every parameter');

    const zips = readdirSync(join(service.directory, '.serverless')).filter((file) => file.endsWith('.zip'));
    expect(other.directory).not.toBe(service.directory);
    expect(zips).toHaveLength(functions.length);
    for (const zip of zips) {
      expect(other.packaged(zip).equals(service.packaged(zip))).toBe(true);
    }
  },
  PACKAGING_MS,
);

test(
  'every packaged handler loads in a process of its own, with nothing installed beside it',
  async () => {
    for (const fn of functions) {
      const { answer } = await invoke(fn, httpEvent('GET', '/nowhere'));

      expect([fn.path, answer]).toEqual([fn.path, expect.anything()]);
    }
  },
  PACKAGING_MS,
);

test('the packaged functions answer requests', async () => {
  const welcome = await invoke(find('functions/http/welcome'), httpEvent('GET', '/'));
  const badOrder = await invoke(
    find('functions/http/create-order'),
    httpEvent('POST', '/api/orders', '{"quantity":0}'),
  );
  const nowhere = await invoke(find('functions/http/not-found'), httpEvent('GET', '/nowhere'));
  const contract = await invoke(find('functions/http/contracts'), httpEvent('GET', '/asyncapi.json'));
  const reference = find('functions/http/reference');
  const pageText = gunzipSync(reference.files['reference/dist/index.html.gz'] ?? '');
  const page = await invoke(reference, httpEvent('GET', '/docs'));

  expect(welcome.answer).toMatchObject({ statusCode: 200, body: expect.stringContaining('"version":"') });
  expect(badOrder.answer).toMatchObject({
    statusCode: 400,
    headers: { 'content-type': 'application/problem+json' },
    body: expect.stringContaining('"validation_failed"'),
  });
  expect(nowhere.answer).toMatchObject({ statusCode: 404 });
  expect(contract.answer).toMatchObject({
    statusCode: 200,
    body: readFileSync('contracts/asyncapi.json', 'utf8'),
  });
  expect(page.answer).toMatchObject({
    statusCode: 200,
    isBase64Encoded: true,
    body: pageText.toString('base64'),
  });
});

test('a packaged function sends its spans to the collector', async () => {
  await using collector = await startTraceCollector();
  const event = { ...httpEvent('POST', '/api/orders', '{"quantity":0}'), routeKey: 'POST /api/orders' };
  const { answer, log } = await invoke(find('functions/http/create-order'), event, {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
  });

  const [span] = collector.spans();
  expect(answer).toMatchObject({ statusCode: 400 });
  expect(span).toMatchObject({
    name: 'POST /api/orders',
    kind: 'server',
    resource: { 'service.version': expect.stringMatching(/^\d/), 'deployment.environment.name': 'prod' },
  });
  expect(log).toContain(`"trace_id":"${span?.traceId}"`);
});

test('the spans of a packaged function have the codes of its errors, although the tracer is another file', async () => {
  await using collector = await startTraceCollector();
  const traceparent = Buffer.from('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01');
  const event = mskEvent([aRecord({ headers: [['traceparent', traceparent]] })]);
  await invoke(find('functions/kafka/process-orders'), event, {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
  });

  const written = collector.spans().filter(({ kind }) => kind === 'client');
  expect(written.length).toBeGreaterThan(0);
  for (const { attributes } of written) {
    expect(attributes['error.type']).toBe('database_unavailable');
  }
});

test('the stack trace of an error that a packaged function logs names the lines of our TypeScript', async () => {
  const event = { ...httpEvent('GET', '/api/orders/o-1'), pathParameters: { order_id: 'o-1' } };

  const { answer, log } = await invoke(find('functions/http/get-order'), event);

  expect(answer).toMatchObject({ statusCode: 503 });
  expect(log).toMatch(/functions\/http\/get-order\.ts:\d+:\d+/);
});

const functionSchema = z.object({ Handler: z.string(), Code: z.object({ S3Key: z.string() }) });

function packagedFunctions(copy: ServiceCopy): Packaged[] {
  return Object.values(copy.resources()).flatMap(({ Type, Properties }) => {
    if (Type !== 'AWS::Lambda::Function') {
      return [];
    }
    const { Handler, Code } = functionSchema.parse(Properties);
    const files = unzipSync(copy.packaged(basename(Code.S3Key)));
    return [{ path: Handler.replace(/\.handler$/, ''), files }];
  });
}

function find(path: string): Packaged {
  const found = functions.find((packaged) => packaged.path === path);
  if (!found) {
    throw new Error(`${path} was not packaged.`);
  }
  return found;
}

const librariesOf = (path: string): string[] => librariesIn(find(path), `${path}.js`);

function librariesIn({ files }: Packaged, file: string): string[] {
  const { sources } = sourceMapOf(files[`${file}.map`]);
  return sources.flatMap((source) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(source)?.[1] ?? []);
}

const sourceMapSchema = z.object({ sources: z.array(z.string()), sourcesContent: z.unknown().optional() });

function sourceMapOf(file: Uint8Array | undefined): z.infer<typeof sourceMapSchema> {
  return sourceMapSchema.parse(JSON.parse(textOf(file)));
}

const textOf = (file: Uint8Array | undefined): string => Buffer.from(file ?? []).toString();

/** As Lambda's runtime does: a fresh process that requires the handler and hands it the event. */
async function invoke(
  { path, files }: Packaged,
  event: unknown,
  environment: Readonly<Record<string, string>> = {},
): Promise<{ answer: unknown; log: string }> {
  const task = join(taskRoot, basename(path));
  for (const [name, contents] of Object.entries(files)) {
    mkdirSync(dirname(join(task, name)), { recursive: true });
    writeFileSync(join(task, name), contents);
  }
  const context = `{ awsRequestId: '${lambdaContext.awsRequestId}', getRemainingTimeInMillis: () => 13_000 }`;
  const program = `require('./${path}.js').handler(${JSON.stringify(event)}, ${context}).then(
    (answer) => console.log('ANSWER ' + JSON.stringify(answer ?? 'nothing')),
    (error) => console.log('ANSWER ' + JSON.stringify({ thrown: error.message })),
  )`;
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['-e', program], {
    cwd: task,
    env: {
      STAGE: 'prod',
      AUTH: 'none',
      KAFKA_BROKERS: '127.0.0.1:1',
      DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none',
      NODE_OPTIONS: '--enable-source-maps',
      ...environment,
    },
  });
  const lines = stdout.split('\n');
  recordLines('fresh-process', [...lines.filter((line) => !line.startsWith('ANSWER ')), stderr].join('\n'));
  const answer = lines.find((line) => line.startsWith('ANSWER '))?.slice('ANSWER '.length) ?? 'null';
  return { answer: JSON.parse(answer), log: stdout + stderr };
}
