import { runCommand } from '../cli/command.ts';
import { outdatedDocuments, writeDocuments } from './documents.ts';

const directory = import.meta.dirname;

const help = `Generates the contracts from the schemas that validate, in contracts/.

  npm run openapi               writes the files that have changed
  npm run openapi -- --check    writes nothing; the exit code is 1 if a file has changed
`;

await runCommand({
  help,
  flags: ['check'],
  run: async (_arguments, _options, flags) => {
    const isCheck = flags.has('check');
    const paths = await (isCheck ? outdatedDocuments : writeDocuments)(directory);
    for (const path of paths) {
      process.stdout.write(`contracts/${path} ${isCheck ? 'is outdated' : 'was updated'}\n`);
    }
    if (isCheck && paths.length > 0) {
      process.stdout.write('Run "npm run openapi", and commit the files.\n');
    }
    return isCheck && paths.length > 0 ? 1 : 0;
  },
});
