import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { unzipSync } from 'fflate';
import * as z from 'zod';
import { httpEvent, lambdaContext } from '../support/http-event.ts';
import { PACKAGING_MS, packaged } from '../support/packaged-templates.ts';
import type { ServiceCopy } from '../support/service-copy.ts';

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

test('a zip holds the function and its source map and nothing else, and of package.json only the version', () => {
  for (const { path, files } of functions) {
    expect(Object.keys(files)).toEqual([`${path}.js`, `${path}.js.map`]);
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
  expect(kilobytes['process-orders']).toBeLessThan(550);
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

  expect(welcome.answer).toMatchObject({ statusCode: 200, body: expect.stringContaining('"version":"') });
  expect(badOrder.answer).toMatchObject({
    statusCode: 400,
    headers: { 'content-type': 'application/problem+json' },
    body: expect.stringContaining('"validation_failed"'),
  });
  expect(nowhere.answer).toMatchObject({ statusCode: 404 });
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

function librariesOf(path: string): string[] {
  const { sources } = sourceMapOf(find(path).files[`${path}.js.map`]);
  return sources.flatMap((source) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(source)?.[1] ?? []);
}

const sourceMapSchema = z.object({ sources: z.array(z.string()), sourcesContent: z.unknown().optional() });

function sourceMapOf(file: Uint8Array | undefined): z.infer<typeof sourceMapSchema> {
  return sourceMapSchema.parse(JSON.parse(textOf(file)));
}

const textOf = (file: Uint8Array | undefined): string => Buffer.from(file ?? []).toString();

/** As Lambda's runtime does: a fresh process that requires the handler and hands it the event. */
async function invoke({ path, files }: Packaged, event: unknown): Promise<{ answer: unknown; log: string }> {
  const task = join(taskRoot, basename(path));
  for (const [name, contents] of Object.entries(files)) {
    mkdirSync(dirname(join(task, name)), { recursive: true });
    writeFileSync(join(task, name), contents);
  }
  const invocation = [event, { awsRequestId: lambdaContext.awsRequestId }].map((argument) =>
    JSON.stringify(argument),
  );
  const program = `require('./${path}.js').handler(${invocation.join(', ')}).then(
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
    },
  });
  const lines = stdout.split('\n');
  const answer = lines.find((line) => line.startsWith('ANSWER '))?.slice('ANSWER '.length) ?? 'null';
  return { answer: JSON.parse(answer), log: stdout + stderr };
}
