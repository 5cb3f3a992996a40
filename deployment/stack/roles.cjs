const { orderFulfilment, orderProcessing } = require('../../lib/kafka/topics/topics.ts');
const { allow, decryptSecrets, inCluster, role } = require('./role.cjs');

/**
 * What each function of serverless.yml may do, and no more: a role for each, named after it. A new function is a new
 * line here; a test compares the lines with what the code of the functions imports.
 */
const grantsOf = ({ database, describe, produce, consume, inspect, sign }) => ({
  welcome: [],
  health: [describe('orders'), database],
  createOrder: [produce('orders'), database],
  createOrdersBulk: [produce('orders'), database],
  getOrder: [database],
  listOrders: [database],
  orderHistory: [database],
  cancelOrder: [produce('orders'), database],
  notFound: [produce('orders'), database], // serves the slash form of every route
  processOrders: [consume(orderProcessing), produce('orders.status', 'orders.dlq'), database],
  fulfilOrders: [consume(orderFulfilment), produce('orders.status', 'orders.dlq'), database, sign],
  retryOrders: [produce('orders.status', 'orders.dlq'), database, sign],
  relayOutbox: [produce('orders', 'orders.status', 'orders.dlq'), database], // redriven records go to orders
  prune: [database],
  publishGauges: [inspect(orderProcessing), inspect(orderFulfilment), database],
});

/** A file that makes them, because the ARNs of topics are made of the cluster's and of a prefix that varies by stage. */
module.exports = async ({ resolveVariable, resolveConfigurationProperty }) => {
  const parameter = (name) => resolveVariable(`param:${name}, ''`);
  const stage = await resolveVariable('sls:stage');
  const boundary = await parameter('permissionsBoundaryArn');
  const keyArn = await parameter('secretKeyArn');
  const functions = await resolveConfigurationProperty(['functions']);
  const grants = grantsOf({
    ...grantsInKafka(await parameter('kafkaClusterArn'), await parameter('kafkaPrefix')),
    database: logInToDatabase({
      url: await parameter('databaseUrl'),
      resourceId: await parameter('databaseResourceId'),
      secretArn: await parameter('databaseSecretArn'),
      keyArn,
    }),
    sign: readSecret(await parameter('fulfilmentSecretArn'), keyArn),
  });
  const roles = Object.entries(grants).map(([name, statements]) => [
    `${name[0].toUpperCase()}${name.slice(1)}Role`,
    role(
      { functionName: `orderly-${stage}-${name}`, boundary, isInVpc: functions[name].vpc !== false },
      statements.flat(),
    ),
  ]);
  return { Resources: Object.fromEntries(roles) };
};

/** https://docs.aws.amazon.com/msk/latest/developerguide/kafka-actions.html */
function grantsInKafka(clusterArn, prefix) {
  const topicArns = (topics) =>
    inCluster(
      clusterArn,
      'topic',
      topics.map((topic) => prefix + topic),
    );
  const connect = allow(['kafka-cluster:Connect'], clusterArn);
  return {
    describe: (...topics) => [connect, allow(['kafka-cluster:DescribeTopic'], topicArns(topics))],
    produce: (...topics) => [
      connect,
      allow(['kafka-cluster:DescribeTopic', 'kafka-cluster:WriteData'], topicArns(topics)),
    ],
    // Offsets and positions, and no record
    inspect: ({ topic, group }) => [
      connect,
      allow(['kafka-cluster:DescribeTopic'], topicArns([topic])),
      allow(['kafka-cluster:DescribeGroup'], inCluster(clusterArn, 'group', [prefix + group])),
    ],
    // Lambda reads with the function's role: https://docs.aws.amazon.com/lambda/latest/dg/with-msk-permissions.html
    consume: ({ topic, group }) => [
      // The poller reads the cluster's settings too: https://docs.aws.amazon.com/lambda/latest/dg/msk-cluster-auth.html
      allow(['kafka-cluster:Connect', 'kafka-cluster:DescribeClusterDynamicConfiguration'], clusterArn),
      allow(['kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData'], topicArns([topic])),
      allow(
        ['kafka-cluster:AlterGroup', 'kafka-cluster:DescribeGroup'],
        inCluster(clusterArn, 'group', [prefix + group]),
      ),
      allow(['kafka:DescribeClusterV2'], clusterArn),
      // AWS names no resource type for it, so a policy on the cluster's ARN may not count:
      // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonmanagedstreamingforapachekafka.html
      allow(['kafka:GetBootstrapBrokers'], '*'),
      allow(['ec2:DescribeSecurityGroups', 'ec2:DescribeVpcs'], '*'), // AWS knows no narrower resource
    ],
  };
}

/** Of '' there is nothing to read. */
const readSecret = (secretArn, keyArn) =>
  secretArn === '' ? [] : [allow(['secretsmanager:GetSecretValue'], secretArn), ...decryptSecrets(keyArn)];

/** By IAM as the user of the URL, or with a secret. */
function logInToDatabase({ url, resourceId, secretArn, keyArn }) {
  if (secretArn !== '') {
    return readSecret(secretArn, keyArn);
  }
  const user = /^postgres(?:ql)?:\/\/([^:@/]+)@/.exec(url)?.[1] ?? '';
  // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.IAMPolicy.html
  const dbUser = `arn:\${AWS::Partition}:rds-db:\${AWS::Region}:\${AWS::AccountId}:dbuser:${resourceId}/${user}`;
  return [allow(['rds-db:connect'], { 'Fn::Sub': dbUser })];
}
