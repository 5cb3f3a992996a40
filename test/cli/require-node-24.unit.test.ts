import { spawnSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { offlineArguments } from '../../local/offline.ts';
import { PROJECT_ROOT } from '../../local/settings.ts';
import { scriptCommand } from '../support/script-command.ts';

const { NODE_COMPILE_CACHE: _cacheOfTests, ...env } = process.env;
const ports = { apiPort: 1, websocketPort: 2, lambdaPort: 3 };

test.each([
  ['npm start', scriptCommand('start').args],
  ['the functions', offlineArguments(ports)],
])('%s: compiled code is kept for the next start', (_what, args) => {
  const preload = args.slice(0, args.indexOf('--import') + 2);
  const { stdout } = spawnSync(
    process.execPath,
    [...preload, '-p', 'require("node:module").getCompileCacheDir()'],
    { cwd: PROJECT_ROOT, env, encoding: 'utf8' },
  );

  expect(stdout).toContain('.local/compile-cache');
});
