import { type BurnRate, burnRates, MINIMUM_BAD_EVENTS } from '../../../observability/slo/burn-rates.ts';
import { type Objective, objectives } from '../../../observability/slo/objectives.ts';
import type { Resources } from '../framework.ts';
import { computedAbove, expression, type Properties } from './metric-alarms.ts';
import { eventQueries } from './objective-queries.ts';

/**
 * Returns the alarms of the service level objectives. One metric alarm cannot compare two windows, so each objective has a
 * composite alarm over a metric alarm for each window. Only the composite alarm has `actions`.
 */
export function objectiveAlarms(stage: string, actions: Properties): Resources {
  const all = objectives.map((objective) => ({
    ...windowAlarms(stage, objective),
    [`${objective.alert}Alarm`]: {
      Type: 'AWS::CloudWatch::CompositeAlarm',
      Properties: {
        AlarmName: `orderly-${stage}-${objective.alert}`,
        AlarmDescription: `The error budget is used too fast. Objective over 30 days: ${percentage(1 - objective.errorBudget)} of ${objective.promise}.`,
        AlarmRule: { 'Fn::Sub': burnRates.map((burnRate) => bothWindows(objective, burnRate)).join(' OR ') },
        ...actions,
      },
    },
  }));
  return Object.assign({}, ...all);
}

function windowAlarms(stage: string, objective: Objective): Resources {
  const { alert, errorBudget, indicator } = objective;
  const resources = burnRates.flatMap((burnRate) =>
    [
      { window: burnRate.long, minimum: MINIMUM_BAD_EVENTS },
      { window: burnRate.short, minimum: 1 },
    ].map(({ window: { name, seconds }, minimum }) => [
      logicalId(objective, burnRate, name),
      {
        Type: 'AWS::CloudWatch::Alarm',
        Properties: {
          AlarmName: `orderly-${stage}-${alert}-${burnRate.rate}x-${name}`,
          AlarmDescription: `Within ${name} the error budget is used more than ${burnRate.rate} times as fast as planned. A part of ${alert}.`,
          ...computedAbove(burnRate.rate, [
            ...eventQueries(stage, indicator, seconds),
            expression('burn_rate', `IF(bad >= ${minimum}, bad / valid / ${errorBudget}, 0)`, true),
          ]),
        },
      },
    ]),
  );
  return Object.fromEntries(resources);
}

const bothWindows = (objective: Objective, burnRate: BurnRate): string =>
  `(${[burnRate.long, burnRate.short]
    .map(({ name }) => `ALARM("\${${logicalId(objective, burnRate, name)}}")`)
    .join(' AND ')})`;

/** Two burn rates can share a window. `Ref` of an alarm is its name, and makes the composite alarm depend on it. */
const logicalId = ({ alert }: Objective, { long }: BurnRate, window: string): string =>
  `${alert}${long.name}${window}Alarm`;

const percentage = (share: number): string => `${Number((share * 100).toFixed(3))} %`;
