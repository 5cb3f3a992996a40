import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pythonTool } from '../../support/python-tools.ts';
import { describeRun, findShortfalls } from './find-shortfalls.ts';
import { type FuzzPlan, fuzzApi, logFile } from './fuzz-api.ts';
import { DEFAULT_CASES } from './fuzz-options.ts';
import { type FuzzedDocument, fuzzedDocument, operationsOf } from './fuzzed-document.ts';
import type { FuzzReport } from './read-report.ts';
import { type FuzzedApi, startApi } from './start-api.ts';
import { makeWrong, wrongPlaces } from './wrong-places.ts';

/** The short form of `npm run test:fuzz`: one seed, with and without tokens. */

const SEED = 1;
const FUZZING_MS = 600_000;

const program = (await pythonTool('schemathesis')) ?? '';
const withPython = program || process.env.CI ? describe : describe.skip; // in CI a skipped check must fail
if (!program) {
  process.stderr.write('SKIPPED: the API is not fuzzed, because there is no Python 3.10 or newer.\n');
}

const directory = mkdtempSync(join(tmpdir(), 'orderly-fuzz-'));
afterAll(() => rmSync(directory, { recursive: true }));

function fuzz(
  name: string,
  api: Pick<FuzzPlan, 'apiUrl' | 'token'>,
  document: FuzzedDocument,
  { cases = DEFAULT_CASES, options = [] }: Partial<Pick<FuzzPlan, 'cases' | 'options'>> = {},
): Promise<FuzzReport> {
  return fuzzApi({
    ...{ program, ...api, document, cases, options },
    ...{ seed: SEED, directory: join(directory, name) },
    signal: AbortSignal.timeout(FUZZING_MS),
  });
}

/** Fails with the fuzzer's description of each finding. */
async function expectSound(name: string, api: FuzzedApi, document: FuzzedDocument): Promise<void> {
  const operations = operationsOf(document);
  const startedAt = performance.now();

  const report = await fuzz(name, api, document);

  process.stdout.write(`${name}: ${describeRun(report, operations, performance.now() - startedAt)}\n`);
  const shortfalls = findShortfalls(report, operations);
  const explained = report.findings.length > 0 ? readFileSync(logFile(join(directory, name)), 'utf8') : '';
  expect([...shortfalls, explained].filter(Boolean)).toEqual([]);
}

withPython('the OpenAPI document', () => {
  test(
    'describes every answer of an API that checks tokens',
    async () => {
      await using api = await startApi('token');

      await expectSound('with a token', api, fuzzedDocument(await api.document(), { open: false }));
    },
    FUZZING_MS,
  );

  describe('of an open API', () => {
    let api: FuzzedApi;
    beforeAll(async () => {
      api = await startApi('none');
    });
    afterAll(async () => {
      await api?.[Symbol.asyncDispose]();
    });

    test(
      'describes every answer',
      async () => {
        await expectSound('open', api, fuzzedDocument(await api.document(), { open: true }));
      },
      FUZZING_MS,
    );

    describe('is reported as wrong', () => {
      let findings: readonly string[];
      beforeAll(async () => {
        const document = fuzzedDocument(await api.document(), { open: true });
        makeWrong(document);
        ({ findings } = await fuzz('wrong', api, document, {
          cases: 10,
          options: ['--phases', 'examples,coverage,fuzzing'],
        }));
      }, FUZZING_MS);

      test.each(wrongPlaces)('if $what', ({ finding }) => {
        expect(findings).toContain(finding);
      });
    });

    test(
      'does not allow an answer 500, which is reported',
      async () => {
        const broken = createServer((_request, response) => response.writeHead(500).end());
        broken.listen(0, '127.0.0.1');
        await once(broken, 'listening');
        const { port } = broken.address() as AddressInfo;
        const document = fuzzedDocument(await api.document(), { open: true });

        const { findings } = await fuzz(
          'broken',
          { apiUrl: `http://127.0.0.1:${port}`, token: undefined },
          document,
          { cases: 1, options: ['--include-operation-id', 'welcome'] },
        );

        broken.close();
        expect(findings).toContain('GET /: not_a_server_error (500)');
      },
      FUZZING_MS,
    );
  });
});
