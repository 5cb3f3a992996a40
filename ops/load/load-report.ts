import type { LoadResult, Sample } from './load-result.ts';
import type { Percentiles } from './percentiles.ts';
import type { Verdict } from './verdict.ts';

const LAG_ROWS = 10;
const IDS_SHOWN = 10;

/** Returns one line of progress. */
export function progressLine(sample: Sample): string {
  const { second, sent, acknowledged, errors, lag, stored } = sample;
  return `${second.toFixed(0).padStart(4)} s  sent ${count(sent)}  acknowledged ${count(acknowledged)}  errors ${count(errors)}  lag ${count(lag)}  stored ${count(stored)}`;
}

/** Returns a readable result. */
export function loadReport(result: LoadResult): string {
  const { rate, seconds, bulk, connections, prefix, verdict } = result;
  const how = bulk === null ? 'one per request' : `${bulk} per request`;
  const early = result.stopped ? ', stopped early' : '';
  const lines = [
    `${count(rate)} orders/s for ${seconds} s${early}, ${how}, up to ${connections} connections; ids ${prefix}…`,
    '',
    `sent ${count(result.sent)}   acknowledged ${count(result.acknowledged)} (${result.acknowledged_per_second}/s)   errors ${count(verdict.errors)}   stored ${count(result.stored)}   dead letters ${count(verdict.dead_letters.length)}`,
    ...Object.entries(result.errors).map(([why, orders]) => `  ${count(orders)} × ${why}`),
    '',
    ...table([
      ['milliseconds', 'p50', 'p90', 'p99', 'max', 'measured'],
      latencyRow('POST answered', result.post_ms),
      latencyRow('POST → COMPLETED', result.completed_ms),
      latencyRow('generator late', result.generator_delay_ms),
    ]),
    '',
    ...table([
      ['second', 'sent', 'acknowledged', 'stored', 'lag'],
      ...spread(result.samples, LAG_ROWS).map((sample) => [
        sample.second.toFixed(0),
        count(sample.sent),
        count(sample.acknowledged),
        count(sample.stored),
        count(sample.lag),
      ]),
    ]),
    result.max_lag === null
      ? 'Kafka never reported the lag.'
      : `The highest lag was ${count(result.max_lag)} records.`,
    '',
    ...verdictLines(verdict, result.acknowledged),
  ];
  return `${lines.join('\n')}\n`;
}

function verdictLines(verdict: Verdict, acknowledged: number): string[] {
  if (verdict.ok) {
    return [`OK: all ${count(acknowledged)} orders are stored once, as sent, and COMPLETED.`];
  }
  const wrong = verdict.wrong.map(({ order_id, faults }) => `${order_id} (${faults.join(', ')})`);
  return [
    'NOT OK:',
    ...(verdict.not_compared === null
      ? []
      : [`  the stored orders could not be compared: ${verdict.not_compared}`]),
    ...finding('not acknowledged', verdict.errors, []),
    ...finding('acknowledged and not stored', verdict.missing.length, verdict.missing),
    ...finding('stored wrongly', wrong.length, wrong),
    ...finding('dead letters', verdict.dead_letters.length, verdict.dead_letters),
  ];
}

function finding(what: string, orders: number, examples: readonly string[]): string[] {
  const shown = examples.slice(0, IDS_SHOWN).map((example) => `    ${example}`);
  const more = examples.length > IDS_SHOWN ? ['    …'] : [];
  return orders === 0 ? [] : [`  ${what}: ${count(orders)}`, ...shown, ...more];
}

function latencyRow(what: string, { p50, p90, p99, max, count: measured }: Percentiles): string[] {
  return [what, ...[p50, p90, p99, max].map((value) => value?.toFixed(1) ?? '–'), count(measured)];
}

/** Returns at most `most` items, evenly spread, with the first and the last. */
function spread<Item>(items: readonly Item[], most: number): Item[] {
  const step = Math.max(1, (items.length - 1) / (most - 1));
  const indexes = Array.from({ length: Math.min(most, items.length) }, (_, row) => Math.round(row * step));
  return items.filter((_, index) => indexes.includes(index));
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  '),
  );
}

const count = (value: number | null): string => value?.toLocaleString('en') ?? '–';
