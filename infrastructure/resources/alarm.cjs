/**
 * Makes alarms that tell the topic of `alarmTopicArn`, if there is one, when they begin and when they are over. Their names
 * begin as those of the application do.
 */
module.exports.alarmsOf = async ({ stage, parameter }) => {
  const topicArn = await parameter('alarmTopicArn');
  const tells = topicArn === '' ? {} : { AlarmActions: [topicArn], OKActions: [topicArn] };
  return (name, properties) => ({
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      AlarmName: `orderly-${stage}-${name}`,
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'notBreaching',
      ...properties,
      ...tells,
    },
  });
};
