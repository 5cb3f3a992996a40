import type { MappingDefinition } from '../configuration/mapping-definition.ts';
import type { Log } from '../serverless.ts';
import { type MappingLag, readLag } from './lag.ts';

/**
 * Prints the lag of each mapping, as a table or as JSON.
 * @throws EventSourceError, in one line, when the brokers are unavailable or reject the client
 */
export async function printLag(
  definitions: readonly MappingDefinition[],
  { json, log, print }: { json: boolean; log: Log; print: (text: string) => void },
): Promise<void> {
  const lags = await readLag(definitions, log);
  print(json ? JSON.stringify(lags, undefined, 2) : lagTable(lags));
}

type Row = readonly [
  mapping: string,
  group: string,
  partition: string,
  committed: string,
  end: string,
  lag: string,
];

const HEAD: Row = ['mapping', 'group', 'partition', 'committed', 'end', 'lag'];
/** The number of text columns. The other columns are right-aligned numbers. */
const TEXT_COLUMNS = 2;

/** Returns a table with one line per partition, and the sum below the partitions of a mapping. */
export function lagTable(lags: readonly MappingLag[]): string {
  if (lags.length === 0) {
    return 'There is no Kafka event source mapping.';
  }
  const rows = [HEAD, ...lags.flatMap(mappingRows)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => {
          const width = widths[column] ?? 0;
          return column < TEXT_COLUMNS ? cell.padEnd(width) : cell.padStart(width);
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function mappingRows({ topic, function: functionKey, group, lag, partitions }: MappingLag): Row[] {
  const mapping = `${topic} → ${functionKey}`;
  if (lag === null) {
    return [[mapping, group, 'no topic', '', '', '']];
  }
  return [
    ...partitions.map((row, index): Row => {
      const committed = row.committed === null ? '–' : `${row.committed}`;
      const labels = index === 0 ? ([mapping, group] as const) : (['', ''] as const);
      return [...labels, `${row.partition}`, committed, `${row.end}`, `${row.lag}`];
    }),
    ['', '', 'all', '', '', `${lag}`],
  ];
}
