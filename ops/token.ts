import { type OptionValues, runCommand } from '../cli/command.ts';
import { issueToken } from '../local/issuer.ts';
import { loadSettings } from '../local/settings.ts';
import { readTokenOptions } from './token-options.ts';

const help = `npm run --silent token -- [--scope …] [--customer ID] [--subject NAME] [--minutes N]
  Prints a token of the local issuer, which "AUTH=local npm start" starts.

  --scope      orders:read, orders:write, or both in quotes (default)
  --customer   binds the token to one customer
  --subject    who it is (default: local); Idempotency-Keys are each subject's own
  --minutes    how long it is good for (default: 60; 0 has expired a few seconds later)

  curl -s 127.0.0.1:3000/api/orders -H "authorization: Bearer $(npm run --silent token)"
`;

await runCommand({ help, options: ['scope', 'customer', 'subject', 'minutes'], run: token });

async function token(_args: readonly string[], given: OptionValues): Promise<number> {
  process.stdout.write(`${await issueToken(loadSettings(), readTokenOptions(given))}\n`);
  return 0;
}
