import { asyncApiFindings } from './asyncapi.ts';
import type { ContractFiles } from './contract-files.ts';
import type { Finding } from './findings.ts';
import { openApiFindings } from './openapi.ts';
import { recordFindings } from './records.ts';

/** Returns every change of the contracts that somebody who relies on the released ones may not take. */
export function contractFindings(released: ContractFiles, current: ContractFiles): readonly Finding[] {
  return [
    ...openApiFindings(released['openapi.json'], current['openapi.json']),
    ...asyncApiFindings(released['asyncapi.json'], current['asyncapi.json']),
    ...recordFindings(schemasOf(released), schemasOf(current)),
  ];
}

const schemasOf = (files: ContractFiles): ContractFiles =>
  Object.fromEntries(Object.entries(files).filter(([path]) => path.startsWith('schemas/')));
