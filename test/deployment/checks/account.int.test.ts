import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type FakeAws, fakeAws } from '../../support/fake-aws.ts';
import { copyService, type ServiceCopy } from '../../support/service-copy.ts';

let aws: FakeAws;
let service: ServiceCopy;

beforeEach(async () => {
  aws = await fakeAws();
  aws.state.stacks = {
    'orderly-dev': { status: 'UPDATE_COMPLETE' },
    'orderly-setup-dev': { status: 'UPDATE_COMPLETE', outputs: { test: 'true' } },
  };
  service = copyService();
  mkdirSync(join(service.directory, '.aws'));
  writeFileSync(
    join(service.directory, '.aws/credentials'),
    '[default]\naws_access_key_id=FROMPROFILE\naws_secret_access_key=s\n',
  );
});
afterEach(async () => {
  service[Symbol.dispose]();
  await aws[Symbol.asyncDispose]();
});

const remove = (environment: NodeJS.ProcessEnv = {}): Promise<string> =>
  new Promise((resolve) => {
    execFile(
      process.execPath,
      ['deployment/remove.ts', '--stage', 'dev', '--yes'],
      {
        cwd: service.directory,
        env: {
          PATH: process.env.PATH,
          HOME: service.directory,
          AWS_ENDPOINT_URL: aws.url,
          AWS_EC2_METADATA_DISABLED: 'true',
          ...environment,
        },
      },
      (_error, stdout, stderr) => resolve(stdout + stderr),
    );
  });

const signers = (): unknown[] => [...new Set(aws.calls.map(({ accessKeyId }) => accessKeyId))];

test.each(['.env', '.env.dev', 'infrastructure/.env'])(
  'credentials in %s, which the framework would use, are rejected before any request and any removal',
  async (file) => {
    writeFileSync(join(service.directory, file), 'AWS_ACCESS_KEY_ID=FROMDOTENV\nAWS_SECRET_ACCESS_KEY=s\n');

    const output = await remove();

    expect(output).toContain(`${file} sets AWS_ACCESS_KEY_ID, which the framework would use`);
    expect(aws.calls).toEqual([]);
  },
);

test('the framework uses the account that was printed: exported credentials win over those of .env', async () => {
  writeFileSync(join(service.directory, '.env'), 'AWS_ACCESS_KEY_ID=FROMDOTENV\nAWS_SECRET_ACCESS_KEY=s\n');

  const output = await remove({ AWS_ACCESS_KEY_ID: 'EXPORTED', AWS_SECRET_ACCESS_KEY: 's' });

  expect(output).toContain('Remove the application, the stack orderly-dev');
  expect(aws.calls).toContainEqual({ accessKeyId: 'EXPORTED', action: 'DescribeStackResource' }); // the framework's
  expect(signers()).toEqual(['EXPORTED']);
});
