import type { Resource } from '../../deployment/stack/framework.ts';
import type { Stage } from './stage.ts';

/** Returns an alarm with the properties that all alarms have. */
export type Alarm = (name: string, properties: Readonly<Record<string, unknown>>) => Resource;

/** Alarms notify the topic of `alarmTopicArn`, if there is one. Their names begin as those of the application do. */
export function alarmOf({ name: stage, settings: { alarmTopicArn } }: Stage): Alarm {
  const notifications =
    alarmTopicArn === '' ? {} : { AlarmActions: [alarmTopicArn], OKActions: [alarmTopicArn] };
  return (name, properties) => ({
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      AlarmName: `orderly-${stage}-${name}`,
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'notBreaching',
      ...properties,
      ...notifications,
    },
  });
}
