import { type OptionValues, runCommand } from '../cli/command.ts';
import { issueToken } from '../local/issuer.ts';
import { loadSettings } from '../local/settings.ts';
import { readTokenOptions } from './token-options.ts';

const help = `npm run --silent token -- [--scope …] [--customer ID] [--subject NAME] [--minutes N]
  Prints a token of the local issuer, which "AUTH=local npm start" starts.

  --scope      orders:read, orders:write, orders:admin, or several in quotes (default: all)
  --customer   binds the token to one customer
  --subject    the subject (default: local); an Idempotency-Key belongs to the subject that sends it
  --minutes    the validity (default: 60; with 0 the token expires after a few seconds)

  curl -s 127.0.0.1:3000/api/orders -H "authorization: Bearer $(npm run --silent token)"
`;

await runCommand({ help, options: ['scope', 'customer', 'subject', 'minutes'], run: token });

async function token(_args: readonly string[], given: OptionValues): Promise<number> {
  process.stdout.write(`${await issueToken(loadSettings(), readTokenOptions(given))}\n`);
  return 0;
}
