import { type FuzzReport, phases } from './read-report.ts';

const FEWEST_CASES = 50;
const LEAST_SUCCESSFUL = 0.2;

/**
 * Lists, for people, the findings of a run, and why it proves too little. `operations` are those of the document, such as
 * `GET /api/orders`. Pure.
 */
export function findShortfalls(report: FuzzReport, operations: readonly string[]): string[] {
  const few = operations.filter((operation) => casesOf(report, operation) < FEWEST_CASES);
  return [
    ...report.findings,
    ...(report.complete ? [] : ['the run did not come to its end']),
    ...phases.filter((phase) => report.cases[phase] === 0).map((phase) => `no cases in the phase ${phase}`),
    ...few.map(
      (operation) => `${operation}: ${casesOf(report, operation)} of at least ${FEWEST_CASES} cases`,
    ),
    ...(successfulShare(report) >= LEAST_SUCCESSFUL
      ? []
      : [`${percent(successfulShare(report))} of at least ${percent(LEAST_SUCCESSFUL)} answered 2xx`]),
  ];
}

/** Describes a run in three lines. */
export function describeRun(report: FuzzReport, operations: readonly string[], ms: number): string {
  const fewest = Math.min(...operations.map((operation) => casesOf(report, operation)));
  return [
    `${operations.length} operations, ${caseCount(report)} cases, at least ${fewest} per operation`,
    `${phases.map((phase) => `${phase} ${report.cases[phase]}`).join(', ')}`,
    `${percent(successfulShare(report))} answered 2xx, ${report.findings.length} findings, ${Math.round(ms / 1_000)} s`,
  ].join('; ');
}

const caseCount = ({ cases }: FuzzReport): number => phases.reduce((sum, phase) => sum + cases[phase], 0);
const casesOf = ({ operations }: FuzzReport, operation: string): number => operations[operation] ?? 0;
const successfulShare = (report: FuzzReport): number => report.successful / Math.max(1, caseCount(report));
const percent = (share: number): string => `${Math.round(share * 100)} %`;
