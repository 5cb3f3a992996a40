import { runCommand } from '../cli/command.ts';
import { createOutput } from '../cli/output.ts';
import { OrderlyError } from '../lib/errors/orderly-error.ts';
import { holdState } from '../local/process/state-lock.ts';
import { askOnTerminal } from './checks/confirm.ts';
import { assertStage, readParameters, readTarget } from './options.ts';
import { DEPLOYMENTS } from './stack/package.ts';
import { withoutPassword } from './stack/stage-settings.ts';
import { runDeployment } from './steps/run-deployment.ts';
import { assertOneAccount, runServerless } from './steps/serverless.ts';

const help = `npm run deploy -- --stage dev [options]
  Deploys a stage to AWS: checks, packages, creates topics, migrates the database, deploys the application, and runs a smoke test.
  Repeating the command is safe at any point. See docs/deployment.md.

  --stage name         the stage; "local" is not deployed
  --region name        default eu-west-1
  --param name=value   a parameter; can be repeated. Has precedence over params.<stage> in serverless.yml, which has
                       precedence over the outputs of the infrastructure
  --infrastructure     deploys VPC, Kafka and database first
  --infrastructure-of stage
                       uses Kafka and the database server of that stage, with its own topics and database
  --dry-run            checks and packages, and changes nothing
  --yes                does not ask for confirmation when the cost of the infrastructure rises
  --new-servers        allows the stage to move to other topics, another cluster or another database
  --order              the smoke test also sends an order (customer smoke-test) and waits until it is COMPLETED;
                       it sends the token in the environment variable SMOKE_TOKEN, if it is set
  --api-url url        the address of the API, if it differs from the one that API Gateway assigned

  AWS credentials come from the environment, a profile (AWS_PROFILE) or a role, as for the AWS CLI.
`;

await runCommand({
  help,
  options: ['stage', 'region', 'infrastructure-of', 'api-url'],
  lists: ['param'],
  flags: ['infrastructure', 'dry-run', 'yes', 'new-servers', 'order'],
  run: async (_args, options, flags, lists) => {
    if (flags.has('infrastructure') && options['infrastructure-of'] !== undefined) {
      throw new OrderlyError(
        'deployment',
        'A stage has its own infrastructure (--infrastructure) or uses that of another one (--infrastructure-of).',
      );
    }
    if (options['infrastructure-of'] !== undefined) {
      assertStage(options['infrastructure-of']);
    }
    const apiUrl = options['api-url'];
    if (apiUrl !== undefined && !/^https?:/.test(URL.parse(apiUrl)?.protocol ?? '')) {
      throw new OrderlyError('deployment', `--api-url is "${apiUrl}", but must be http://… or https://….`);
    }
    const target = readTarget(options);
    assertOneAccount(target);
    holdState(DEPLOYMENTS, 'npm run deploy');
    await runDeployment(
      {
        target,
        given: readParameters(lists),
        infrastructureOf: options['infrastructure-of'],
        withInfrastructure: flags.has('infrastructure'),
        isDryRun: flags.has('dry-run'),
        isConfirmed: flags.has('yes'),
        ask: askOnTerminal,
        sendsOrder: flags.has('order'),
        token: process.env.SMOKE_TOKEN || undefined,
        apiUrl,
        movesServers: flags.has('new-servers'),
        command: withoutPassword(['npm run deploy --', ...process.argv.slice(2).map(quoted)].join(' ')),
      },
      { output: createOutput(process.stdout), serverless: runServerless },
    );
    return 0;
  },
});

/** Quotes a word for a shell. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
