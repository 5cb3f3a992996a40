import type { MappingDefinition } from '../configuration/mapping-definition.ts';
import type { Log } from '../serverless.ts';
import { readLag } from './lag.ts';
import { lagTable } from './lag-table.ts';

/**
 * Prints how far each mapping is behind, as a table or as JSON.
 * @throws EventSourceError, in one line, when brokers are away or refuse
 */
export async function tellLag(
  definitions: readonly MappingDefinition[],
  { json, log, print }: { json: boolean; log: Log; print: (text: string) => void },
): Promise<void> {
  const lags = await readLag(definitions, log);
  print(json ? JSON.stringify(lags, undefined, 2) : lagTable(lags));
}
