import { runCommand } from '../../cli/command.ts';
import { costTables } from './tables.ts';

const help = `npm run cost
  Prints the tables of docs/cost.md, computed from the prices and the inputs in deployment/cost/. Needs no network.
`;

await runCommand({ help, run: printTables });

async function printTables(): Promise<number> {
  for (const [name, table] of Object.entries(costTables())) {
    process.stdout.write(`${name}\n\n${table}\n\n`);
  }
  return 0;
}
