import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { CREATE_ONLY_FILE, createOnlyValues } from '../infrastructure/create-only.ts';
import { statementsOf } from '../package/granted.ts';
import {
  PACKAGING_MS,
  type PackagedTemplates,
  packaged,
  packagedTemplates,
} from '../support/packaged-templates.ts';
import { pythonTool } from '../support/python-tools.ts';
import type { Resources } from '../support/service-copy.ts';
import { readActions, readSchemas } from './aws-definitions.ts';
import { policiesFor, policyFile } from './ci-role/deployment-policies.ts';
import { allows, LONGEST_POLICY, lengthOf } from './ci-role/policies.ts';
import { lintStatements } from './iam-lint.ts';

/** The framework declares a dependency that CloudFormation derives by itself. */
const OF_THE_FRAMEWORK = 'W3005';

const [cfnLint = '', checkov = ''] = await Promise.all([pythonTool('cfn-lint'), pythonTool('checkov')]);
const withPython = (cfnLint && checkov) || process.env.CI ? describe : describe.skip; // in CI a skipped check must fail
if (!cfnLint || !checkov) {
  process.stderr.write('SKIPPED: the templates are not checked, because there is no Python 3.9 or newer.\n');
}

const report = z.object({
  results: z.object({ failed_checks: z.array(z.object({ check_id: z.string() })) }),
});

let templates: PackagedTemplates;

withPython('the templates', () => {
  beforeAll(async () => {
    templates = await packagedTemplates();
  }, PACKAGING_MS);

  test('cfn-lint reports nothing', async () => {
    const files = Object.values(templates).flatMap(({ file }) => ['--template', file]);

    await expect(run(cfnLint, ['--ignore-checks', OF_THE_FRAMEWORK, ...files])).resolves.toBe('');
  });

  test('checkov finds what docs/security.md names with a reason, and nothing else', async () => {
    const found = await Promise.all(
      [templates.application, templates.setup, templates.infrastructure].map(async ({ file }) => {
        const output = await run(checkov, [
          ...['--file', file, '--framework', 'cloudformation'],
          ...['--output', 'json', '--soft-fail', '--quiet', '--skip-download'],
        ]);
        return report.parse(JSON.parse(output)).results.failed_checks.map(({ check_id }) => check_id);
      }),
    );

    const page = readFileSync('docs/security.md', 'utf8');
    const named = [...page.matchAll(/^\| `(CKV_\w+)` \|/gm)].map(([, id]) => id);
    expect([...new Set(found.flat())].sort()).toEqual(named.sort());
  });

  describe('the policies of deployment/ci-role', () => {
    const policies = () => policiesFor(templates, { cfnLint, checkov });

    test('are exactly those that templates, framework and own code need; node test/deployment/derive.ts writes them', () => {
      for (const [name, policy] of Object.entries(policies())) {
        expect(JSON.parse(readFileSync(policyFile(name), 'utf8'))).toEqual(policy);
      }
    });

    test('are short enough to be managed policies', () => {
      for (const policy of Object.values(policies())) {
        expect(lengthOf(policy)).toBeLessThanOrEqual(LONGEST_POLICY);
      }
    });

    test('contain the actions that AWS documents outside the schemas', () => {
      const { application, infrastructure } = policies();

      expect(
        [
          'cloudformation:CreateChangeSet',
          'cloudformation:ExecuteChangeSet',
          'ec2:DescribeNetworkInterfaces', // or CloudFormation does not wait for those of functions
          'iam:PassRole',
          'kms:Decrypt',
          'kms:GenerateDataKey',
          'lambda:InvokeFunction',
          'logs:CreateLogDelivery',
          'logs:TagResource',
          's3:PutObject',
        ].filter((action) => !allows(application, action)),
      ).toEqual([]);
      expect(
        [
          'ec2:CreateNatGateway',
          'iam:CreateServiceLinkedRole',
          'kafka:CreateCluster',
          'kafka:CreateClusterV2',
        ].filter((action) => !allows(infrastructure, action)),
      ).toEqual([]);
    });

    test('are not enough for a template with another resource type, or a role for another service', () => {
      const withMore = (extra: Resources) => ({
        ...templates,
        application: { ...templates.application, template: { Resources: extra, Outputs: {} } },
      });
      const policyOf = (extra: Resources) => policiesFor(withMore(extra), { cfnLint, checkov }).application;

      expect(
        allows(policyOf({ Queue: { Type: 'AWS::SQS::Queue', Properties: {} } }), 'sqs:CreateQueue'),
      ).toBe(true);
      expect(allows(policies().application, 'sqs:CreateQueue')).toBe(false);
      const role = {
        AssumeRolePolicyDocument: { Statement: [{ Principal: { Service: 'states.amazonaws.com' } }] },
      };
      expect(JSON.stringify(policyOf({ Role: { Type: 'AWS::IAM::Role', Properties: role } }))).toContain(
        'states.amazonaws.com',
      );
      expect(JSON.stringify(policies())).not.toContain('states.amazonaws.com');
    });
  });

  describe('every statement of a role', () => {
    test('has existing actions, on resources that they apply to', async () => {
      const complete = await packaged('application with every parameter');
      const all = [...Object.values(templates), complete].flatMap(({ template }) =>
        statementsOf(template.Resources),
      );

      expect(all.length).toBeGreaterThan(50);
      expect(lintStatements(all, readActions(checkov))).toEqual([]);
    });

    test.each([
      [
        'kafka:GetBootstrapBrokers',
        'arn:aws:kafka:eu-west-1:000000000000:cluster/a/b',
        'does not apply to arn:aws:kafka',
      ],
      ['ec2:DescribeVpcs', 'arn:aws:ec2:eu-west-1:000000000000:vpc/vpc-1', 'does not apply to arn:aws:ec2'],
      [
        'kafka-cluster:ReadData',
        'arn:aws:kafka:eu-west-1:000000000000:group/a/b/c',
        'does not apply to arn:aws:kafka',
      ],
      ['logs:PutLogEvents', { 'Fn::Sub': 'arn:aws:s3:::bucket' }, 'does not apply to arn:aws:s3'],
      ['kafka-cluster:DescribeClusterDynamicConfigurations', '*', 'does not exist'],
    ])('with %s on %j is found', (Action, Resource, finding) => {
      expect(lintStatements([{ Action, Resource }], readActions(checkov))).toEqual(
        [`${Action} ${finding}`].map((line) => expect.stringContaining(line)),
      );
    });
  });

  describe('an update of an infrastructure that is deployed', () => {
    const released = (): unknown => JSON.parse(readFileSync(CREATE_ONLY_FILE, 'utf8'));
    const now = (resources: Resources) => createOnlyValues(resources, readSchemas(cfnLint));

    test('replaces nothing that holds data; node test/deployment/derive.ts accepts a change for future stages', () => {
      expect(now(templates.infrastructure.template.Resources)).toEqual(released());
    });

    test.each<[string, (resources: Resources) => void]>([
      [
        'the name of the database',
        (to) => Object.assign(to.Database?.Properties ?? {}, { DatabaseName: 'other' }),
      ],
      [
        'the subnets of the brokers',
        (to) => Object.assign(Object(to.Kafka?.Properties.BrokerNodeGroupInfo), { ClientSubnets: [] }),
      ],
      [
        'a logical id',
        (to) => {
          Object.assign(to, { Cluster: to.Kafka });
          delete to.Kafka;
        },
      ],
      [
        'the copies of a topic',
        (to) => Object.assign(to.TopicOrders?.Properties ?? {}, { ReplicationFactor: 2 }),
      ],
      [
        'the addresses of the network',
        (to) => Object.assign(to.Vpc?.Properties ?? {}, { CidrBlock: '10.0.0.0/16' }),
      ],
    ])('that changes %s is found', (_what, change) => {
      const changed = structuredClone(templates.infrastructure.template.Resources);

      change(changed);

      expect(now(changed)).not.toEqual(released());
    });

    test('with only in-place changes is accepted', () => {
      const changed = structuredClone(templates.infrastructure.template.Resources);

      Object.assign(changed.Database?.Properties ?? {}, { BackupRetentionPeriod: 20 });

      expect(now(changed)).toEqual(released());
    });
  });
});

const run = async (program: string, args: readonly string[]): Promise<string> => {
  const { stdout } = await promisify(execFile)(program, args, { maxBuffer: 64 * 1024 * 1024 });
  return stdout;
};
