import type { Account } from '../checks/account.ts';
import type { Target } from '../options.ts';

/** Where to look at a stage that was deployed. */
export function addresses(apiUrl: string, { stage, region }: Target, { id }: Account): string {
  const console = `https://${region}.console.aws.amazon.com`;
  const rows = [
    ['API', apiUrl],
    ['Health', `${apiUrl}/api/health`],
    ['Dashboards', `${console}/cloudwatch/home?region=${region}#dashboards:`],
    ['Alarms', `${console}/cloudwatch/home?region=${region}#alarmsV2:`],
    ['Stacks', `${console}/cloudformation/home?region=${region}#/stacks?filteringText=orderly-`],
    ['Account', `${id}, ${region}, stage ${stage}`],
  ];
  return `\n${rows.map(([name, value]) => `  ${name?.padEnd(11)} ${value}`).join('\n')}\n`;
}
