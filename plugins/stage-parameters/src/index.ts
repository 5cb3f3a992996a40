import { readDeclaration } from './declaration.ts';
import { describeFaults, parametersOf } from './faults.ts';
import type { CliOptions, Serverless } from './serverless.ts';

/** The commands that make a template; the others (logs, info, remove, …) need no parameter. */
const packagingCommands: ReadonlySet<string> = new Set(['package', 'deploy', 'deploy function']);

/**
 * The plugin. It checks while it is made, because the framework resolves variables and validates the service
 * file right after that, and would complain about the first missing one in terms of its own.
 */
export default class StageParameters {
  constructor(serverless: Serverless, cliOptions: CliOptions) {
    const { command, isHelpRequest } = serverless.processedInput;
    const isMadeAlready = command === 'deploy' && cliOptions.package !== undefined;
    if (isHelpRequest || isMadeAlready || !packagingCommands.has(command)) {
      return;
    }
    const { custom, params = {}, provider } = serverless.configurationInput;
    const stage = cliOptions.stage ?? provider.stage ?? 'dev';
    const given = parametersOf(stage, cliOptions.param ?? [], params);
    const faults = describeFaults(stage, given, readDeclaration(custom));
    if (faults !== undefined) {
      throw new serverless.classes.Error(faults, 'STAGE_PARAMETERS_INCOMPLETE');
    }
  }
}
