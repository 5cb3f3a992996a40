import { execFile } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';

interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command as `npm run` does, without a terminal and without credentials. */
function run(file: 'deploy' | 'remove', ...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [`deployment/${file}.ts`, ...args],
      { env: { PATH: process.env.PATH, AWS_EC2_METADATA_DISABLED: 'true', HOME: '/nonexistent' } },
      (_error, stdout, stderr) => resolve({ exitCode: child.exitCode, stdout, stderr }),
    );
  });
}

describe('the commands', () => {
  test.each(['deploy', 'remove'] as const)('%s prints its usage', async (file) => {
    const { exitCode, stdout } = await run(file, '--help');

    expect(exitCode).toBe(0);
    expect(stdout).toContain(`npm run ${file} -- --stage dev [options]`);
  });

  test.each(['deploy', 'remove'] as const)('%s requires a stage, and says so in one line', async (file) => {
    expect(await run(file)).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'Name the stage, such as --stage dev. See --help.\n',
    });
  });

  test('an unknown option is named', async () => {
    expect(await run('deploy', '--stgae', 'dev')).toMatchObject({
      exitCode: 1,
      stderr: "Unknown option '--stgae'. See --help.\n",
    });
  });

  test('a stage cannot have its own infrastructure and that of another stage', async () => {
    const { exitCode, stderr } = await run(
      'deploy',
      '--stage',
      'dev',
      '--infrastructure',
      '--infrastructure-of',
      'prod',
    );

    expect(exitCode).toBe(1);
    expect(stderr).toContain('(--infrastructure) or uses that of another one (--infrastructure-of)');
  });

  test('without credentials nothing starts, and there are no colours outside a terminal', async () => {
    const { exitCode, stdout, stderr } = await run(
      'deploy',
      '--stage',
      'dev',
      '--param',
      'a=1',
      '--param',
      'b=2',
    );

    expect(exitCode).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^AWS cannot authenticate the request \(CredentialsProviderError: .*\)\. Log in/);
  });
});
