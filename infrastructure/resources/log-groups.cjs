/**
 * The log groups, as texts for Fn::Sub. The key lets CloudWatch use it for these alone, and a policy cannot ask the groups
 * for their names, since they ask for the key.
 */
module.exports.logGroups = (stage) => ({
  // What AWS delivers itself. For names of this form it needs no line for each in the account's policy, which is short:
  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html
  kafka: '/aws/vendedlogs/${AWS::StackName}/kafka',
  flow: '/orderly/${AWS::StackName}/flow',
  // RDS defines these names, and creates missing log groups without a retention
  database: `/aws/rds/cluster/orderly-${stage}/postgresql`,
  proxy: `/aws/rds/proxy/orderly-${stage}`,
});
