import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { build } from 'esbuild';
import { installNode20 } from '../../../plugins/serverless-offline-kafka/test/packed/installed-example.ts';
import { openPage, testInBrowser } from '../../support/browser.ts';
import { answerText, type Behaviour, json, problem, startUnreliableServer } from '../unreliable-server.ts';
import { type InstalledClient, installClient } from './installed-client.ts';

let client: InstalledClient;

beforeAll(async () => {
  client = await installClient();
});
afterAll(() => client?.[Symbol.dispose]());

test('the package contains exactly JavaScript, types, licence and README', () => {
  const others = client.packedFiles.filter((path) => !/^dist\/[a-z0-9-]+(\.d\.ts|\.js)$/.test(path));

  expect(client.packedFiles).toEqual(expect.arrayContaining(['dist/index.js', 'dist/index.d.ts']));
  expect(others.sort()).toEqual(['LICENSE', 'README.md', 'package.json']);
});

describe.each([
  ['nodenext', ['--module', 'nodenext', '--target', 'es2022', '--lib', 'es2022,dom']],
  [
    'bundler',
    ['--module', 'esnext', '--moduleResolution', 'bundler', '--target', 'es2022', '--lib', 'es2022,dom'],
  ],
])('with the module resolution %s', (_resolution, settings) => {
  test('strict TypeScript finds the types, also of results and errors', async () => {
    await client.typeCheck(
      `import { createClient, type Order, OrderlyError, type OrderResult } from 'orderly-client';
       const client = createClient({ baseUrl: 'https://orders.example.invalid', token: async () => 'token', fetch });
       const order = { customer_id: 'c', product_id: 'p', quantity: 1, price: 1 };
       export const orders: Order[] = [];
       for await (const one of client.list({ status: 'FAILED', limit: 10 })) orders.push(one);
       export const results: OrderResult[] = await client.createMany([order]);
       export const codes: string[] = results.map(({ order, error }) => error === undefined ? order.status : error.code);
       const signal: AbortSignal = AbortSignal.timeout(1000);
       await client.waitFor('o-1', { signal }).catch((error) => error instanceof OrderlyError && error.errors[0]?.path);
       await client[Symbol.asyncDispose]();`,
      settings,
    );
  });

  test.each([
    ['an order without a price', `client.create({ customer_id: 'c', product_id: 'p', quantity: 1 })`],
    [
      'an unknown field',
      `client.create({ customer_id: 'c', product_id: 'p', quantity: 1, price: 1, colour: 'red' })`,
    ],
    ['an unknown status', `client.list({ status: 'PENDING' })`],
  ])('it detects %s', async (_what, call) => {
    const wrong = `import { createClient } from 'orderly-client'; const client = createClient({ baseUrl: '' }); ${call};`;

    await expect(client.typeCheck(wrong, settings)).rejects.toMatchObject({
      stdout: expect.stringMatching(/^use\.ts\(1,\d+\): error TS2\d+/),
    });
  });
});

const accepted: Behaviour = json(202, {
  order_id: 'o-1',
  status: 'PENDING',
  total_amount: 1,
  created_at: '2026-11-01T10:00:00.000Z',
  links: { self: '/api/orders/o-1' },
});

/** Runs on Node and in a browser: a retry, many calls at a time, a timeout, and the end of a client. */
const program = (baseUrl: string): string => `
  import { createClient } from 'orderly-client';
  const client = createClient({ baseUrl: ${baseUrl}, retry: { attempts: 3, baseMs: 1 } });
  const order = { customer_id: 'c', product_id: 'p', quantity: 1, price: 1 };
  const { order_id } = await client.create(order);
  const many = await Promise.all(Array.from({ length: 50 }, () => client.create(order)));
  const codeOf = (call) => call.then(() => 'none', (error) => error.code);
  const aborted = await codeOf(client.get('hangs', { signal: AbortSignal.timeout(0) }));
  const unfinished = codeOf(client.get('hangs'));
  await client.close();
  const report = [order_id, many.length, aborted, await unfinished, await codeOf(client.health())].join(' ');
`;
const REPORT = 'o-1 50 aborted aborted aborted';

/** The first order meets a 503. */
function unreliableApi(pages: Readonly<Record<string, string>> = {}): Behaviour {
  let orders = 0;
  return (response, request) => {
    const page = pages[request.path];
    if (page !== undefined) {
      answerText(200, page, { 'content-type': request.path === '/' ? 'text/html' : 'text/javascript' })(
        response,
        request,
      );
    } else if (request.path === '/api/orders') {
      orders += 1;
      (orders === 1 ? problem(503, 'kafka_unavailable') : accepted)(response, request);
    }
  };
}

const versions = process.platform === 'linux' ? ['20', '24'] : [process.versions.node]; // npm has Node only for Linux

test.each(versions)('on Node %s the installed package works, and warns of nothing', async (version) => {
  const node = version === '20' ? await installNode20(client.directory) : process.execPath;
  await using server = await startUnreliableServer(unreliableApi());

  const warnings = `process.on('warning', (warning) => console.log(String(warning)));`;
  const source = `${warnings} ${program('process.env.API')} console.log(report);`;
  const output = await client.run(node, source, { API: server.url });

  expect(execFileSync(node, ['--version']).toString()).toMatch(`v${version}.`);
  expect(output).toBe(`${REPORT}\n`);
});

describe('in a browser', () => {
  /** Bundles the program for a page of the API's origin. */
  async function bundle(): Promise<string> {
    const entry = join(client.directory, 'page.js');
    writeFileSync(entry, `${program("''")} document.title = report;`);
    const { outputFiles } = await build({
      entryPoints: [entry],
      bundle: true,
      minify: true,
      write: false,
      format: 'esm',
      platform: 'browser',
      target: 'es2022',
    });
    return outputFiles[0]?.text ?? '';
  }

  test('the bundle of esbuild has no import', async () => {
    expect(await bundle()).not.toMatch(/\bimport\s*[({"']|\brequire\(/);
  });

  testInBrowser('Chromium runs it without an error or a warning in the console', async () => {
    const pages = {
      '/': '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/page.js"></script>',
      '/page.js': await bundle(),
    };
    await using server = await startUnreliableServer(unreliableApi(pages));
    await using opened = await openPage(server.url);

    await opened.page.waitForFunction('document.title !== ""');

    expect(await opened.page.title()).toBe(REPORT);
    // Chromium itself reports the answer that the client retries.
    expect(opened.faults()).toEqual([expect.stringContaining('the server responded with a status of 503')]);
  });
});

test('the README of the package is the one that a test runs', () => {
  const installed = readFileSync(join(client.directory, 'node_modules/orderly-client/README.md'), 'utf8');

  expect(installed).toBe(readFileSync('client/README.md', 'utf8'));
});
