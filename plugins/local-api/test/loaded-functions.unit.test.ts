import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from '@jest/globals';
import { hideFunctionErrors } from '../src/function-errors.ts';
import { keepHandlers } from '../src/loaded-functions.ts';

test.each([
  ['no loader of handlers', undefined],
  ['another loader of handlers', 'module.exports.loadHandler = () => undefined;'],
])('a serverless-offline with %s is rejected with its version', async (_, loader) => {
  const root = mkdtempSync(join(tmpdir(), 'serverless-offline-'));
  const folder = join(root, 'src/lambda/handler-runner/in-process-runner/aws-lambda-ric');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(root, 'package.json'), '{"version": "99.1.2"}');
  if (loader !== undefined) {
    writeFileSync(join(folder, 'UserFunction.js'), loader);
  }

  await expect(keepHandlers(pathToFileURL(join(root, 'src/lambda/index.js')).href)).rejects.toThrow(
    /^plugins\/local-api does not support serverless-offline 99\.1\.2: .*UserFunction\.js has no function "load"$/,
  );
  await expect(
    hideFunctionErrors({ error: () => undefined }, pathToFileURL(join(root, 'src/lambda/index.js')).href),
  ).rejects.toThrow(
    /^plugins\/local-api does not support serverless-offline 99\.1\.2: .*LambdaFunction\.js has no method "runHandler"$/,
  );
  rmSync(root, { recursive: true });
});
