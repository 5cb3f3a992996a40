import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../../../cli/command.ts';
import { createOutput } from '../../../cli/output.ts';
import { listenForStop } from '../../../cli/stop-request.ts';
import { pythonTool } from '../../support/python-tools.ts';
import { proveDeployment } from './prove-deployment.ts';

const help = `npm run test:deploy
  Deploys a stage to an emulator of AWS with "npm run deploy", with its own Kafka and PostgreSQL. An order goes through
  the deployed functions. Another release is deployed, rolled back and deployed again. "npm run remove" must leave
  nothing. Then the same stage is deployed and removed once more. Takes about seven minutes.

  The emulator is ministack, from the Python package index; it needs Python 3.10 or newer. Without Python the run is
  skipped, which counts as a failure in CI.
  Exit code 0: every check passed, or the run was skipped.
`;

await runCommand({
  help,
  run: async () => {
    const output = createOutput(process.stdout);
    const program = await pythonTool('ministack');
    if (program === undefined) {
      output.print('SKIPPED: the emulator needs python3, 3.10 or newer, with venv. Nothing was tested.');
      return process.env.CI ? 1 : 0; // a skipped proof must fail in CI
    }
    const { signal } = listenForStop(() => process.exit(130));
    const directory = mkdtempSync(join(tmpdir(), 'orderly-emulator-'));
    try {
      await proveDeployment({ program, directory, output, signal });
    } catch (error) {
      if (!signal.aborted) {
        output.warn(`The logs are in ${directory}`);
        throw error;
      }
      output.warn('Stopped; all started processes have ended');
    }
    rmSync(directory, { recursive: true, force: true });
    return signal.aborted ? 130 : 0;
  },
});
