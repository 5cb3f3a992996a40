import { runCommand } from '../cli/command.ts';
import { outdatedFiles, writeFiles } from './files.ts';

const help = `Generates the Grafana dashboard and the rules of the service level objectives, in observability/.

  npm run dashboards               writes the files that have changed
  npm run dashboards -- --check    writes nothing; the exit code is 1 if a file has changed
`;

await runCommand({
  help,
  flags: ['check'],
  run: async (_arguments, _options, flags) => {
    const isCheck = flags.has('check');
    const paths = isCheck ? outdatedFiles() : writeFiles();
    for (const path of paths) {
      process.stdout.write(`${path} ${isCheck ? 'is outdated' : 'was updated'}\n`);
    }
    return isCheck && paths.length > 0 ? 1 : 0;
  },
});
