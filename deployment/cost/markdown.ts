import { type Bill, sum } from './amounts.ts';

export const whole = (usd: number): string => Math.round(usd).toLocaleString('en');
export const cents = (usd: number): string => (usd > 0 && usd < 0.005 ? '< 0.01' : usd.toFixed(2));
/** Formats a price without the additional digits of binary arithmetic. */
export const exact = (usd: number): string => String(Number(usd.toPrecision(6)));

export const rowsOf = (bills: readonly Bill[], format = cents): string[][] =>
  Object.keys(bills[0] ?? {}).map((line) => [line, ...bills.map((bill) => format(bill[line] ?? 0))]);

export const totals = (bills: readonly Bill[], format = cents): string[] => [
  '**together**',
  ...bills.map((bill) => `**${format(sum(bill))}**`),
];

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
