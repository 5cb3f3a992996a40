import { type BurnRate, burnRates, MINIMUM_BAD_EVENTS, OBJECTIVE_WINDOW } from './burn-rates.ts';
import { type Objective, objectives } from './objectives.ts';
import { allEvents, badEvents } from './promql.ts';

/** The Prometheus rules of the objectives: recorded burn rates, and an alert for each objective and burn rate. */

/** Windows of days change slowly, and their queries read many samples. */
const groupIntervals = { minutes: '30s', days: '2m' } as const;
const isOfDays = (window: string): boolean => window.endsWith('d');

/** Names of recorded series, by stage and objective: the values of a window. */
export const burnRate = (window: string): string => `slo:orderly_burn_rate:${window}`;
export const eventCount = (window: string): string => `slo:orderly_events:${window}`;
export const badEventCount = (window: string): string => `slo:orderly_bad_events:${window}`;
const ERROR_BUDGET = 'slo:orderly_error_budget';

interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

interface RuleGroup {
  readonly name: string;
  readonly interval: string;
  readonly rules: readonly Rule[];
}

/** Returns the content of slo.yml. */
export function sloRules(): { readonly groups: readonly RuleGroup[] } {
  const windows = [
    ...new Set([...burnRates.flatMap(({ short, long }) => [short.name, long.name]), OBJECTIVE_WINDOW]),
  ];
  return {
    groups: [
      {
        name: 'orderly-slo-minutes',
        interval: groupIntervals.minutes,
        rules: [...budgetRules(), ...windows.filter((window) => !isOfDays(window)).flatMap(windowRules)],
      },
      {
        name: 'orderly-slo-days',
        interval: groupIntervals.days,
        rules: windows.filter(isOfDays).flatMap(windowRules),
      },
      {
        name: 'orderly-slo-alerts',
        interval: groupIntervals.minutes,
        rules: objectives.flatMap((objective) => burnRates.map((rate) => alertRule(objective, rate))),
      },
    ],
  };
}

const budgetRules = (): Rule[] =>
  objectives.map(({ slo, errorBudget }) => ({
    record: ERROR_BUDGET,
    expr: `vector(${errorBudget})`,
    labels: { slo },
  }));

/** The burn rate is NaN without events, which fires no alert. Rules of a group are evaluated in order. */
const windowRules = (window: string): Rule[] => [
  ...objectives.flatMap(({ slo, indicator }) => [
    { record: eventCount(window), expr: allEvents(indicator, window), labels: { slo } },
    {
      record: badEventCount(window),
      expr: `${badEvents(indicator, window)}\nor on (stage) 0 * ${eventCount(window)}{slo="${slo}"}`,
      labels: { slo },
    },
  ]),
  {
    record: burnRate(window),
    expr: `${badEventCount(window)} / ${eventCount(window)} / on (slo) group_left () ${ERROR_BUDGET}`,
  },
];

function alertRule(objective: Objective, { severity, rate, long, short }: BurnRate): Rule {
  const { alert, slo, summary, description } = objective;
  const selector = `{slo="${slo}"}`;
  return {
    alert,
    expr: [
      `${burnRate(long.name)}${selector} > ${rate}`,
      `and ${burnRate(short.name)}${selector} > ${rate}`,
      `and ${badEventCount(long.name)}${selector} >= ${MINIMUM_BAD_EVENTS}`,
    ].join('\n'),
    labels: { severity, window: long.name },
    annotations: {
      summary,
      description: `${description} The burn rate of the last ${long.name} is {{ $value | humanize }}; at 1, the error budget lasts for ${OBJECTIVE_WINDOW.replace('d', ' days')}.`,
      runbook: `docs/operations.md#${alert.toLowerCase()}`,
    },
  };
}
