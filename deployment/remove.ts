import { runCommand } from '../cli/command.ts';
import { createOutput } from '../cli/output.ts';
import { holdState } from '../local/process/state-lock.ts';
import { askOnTerminal } from './checks/confirm.ts';
import { readTarget } from './options.ts';
import { DEPLOYMENTS } from './stack/package.ts';
import { runRemoval } from './steps/run-removal.ts';
import { assertOneAccount, runServerless } from './steps/serverless.ts';

const help = `npm run remove -- --stage dev [options]
  Removes a stage from AWS: the application, then its setup. Asks for the stage's name first. Orders and records remain.

  --stage name       the stage
  --region name      default eu-west-1
  --infrastructure   also removes Kafka and the database, with every order
  --yes              does not ask for confirmation; only for a stage that was deployed with --param test=true
`;

await runCommand({
  help,
  options: ['stage', 'region'],
  flags: ['infrastructure', 'yes'],
  run: async (_args, options, flags) => {
    const target = readTarget(options);
    assertOneAccount(target);
    holdState(DEPLOYMENTS, 'npm run remove');
    await runRemoval(
      {
        target,
        withInfrastructure: flags.has('infrastructure'),
        isConfirmed: flags.has('yes'),
        ask: askOnTerminal,
      },
      { output: createOutput(process.stdout), serverless: runServerless },
    );
    return 0;
  },
});
