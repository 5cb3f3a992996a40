import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../cli/command.ts';
import { version } from '../lib/config/version.ts';
import { copyContracts, readContracts, readReleasedVersion } from './evolution/contract-files.ts';
import { contractFindings } from './evolution/contract-findings.ts';
import { verdictOn } from './evolution/verdict.ts';

const directory = import.meta.dirname;
const released = join(directory, 'released');

const help = `Compares the contracts in contracts/ with those of the last release, in contracts/released/.

  npm run check:contracts                 the exit code is 1 if old clients, old readers or old records would break
  npm run check:contracts -- --release    checks, then copies the contracts to contracts/released/; part of a release

A breaking change needs a higher major version in package.json (a higher minor version before 1.0.0), and its
operation or schema in \`backticks\` under Pending in CHANGELOG.md. docs/contracts-evolution.md has the rules.
`;

await runCommand({
  help,
  flags: ['release'],
  run: async (_arguments, _options, flags) => {
    const { isAccepted, report } = verdictOn(
      contractFindings(await readContracts(released), await readContracts(directory)),
      {
        version,
        releasedVersion: await readReleasedVersion(released),
        changelog: await readFile(join(directory, '../CHANGELOG.md'), 'utf8'),
      },
    );
    process.stdout.write(report);
    if (isAccepted && flags.has('release')) {
      await copyContracts(directory, released, version);
      process.stdout.write(`contracts/released/ has the contracts of ${version}. Commit it.\n`);
    }
    return isAccepted ? 0 : 1;
  },
});
