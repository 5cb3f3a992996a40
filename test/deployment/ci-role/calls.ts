import { globSync, readFileSync } from 'node:fs';

/** Code of the framework for `deploy`, `deploy list`, `remove`, `rollback` and `logs`. */
const OF_THE_FRAMEWORK = [
  'node_modules/serverless/lib/plugins/aws/{deploy,info,lib,remove}/**/*.js',
  'node_modules/serverless/lib/plugins/aws/{deletion-protection,deploy-list,logs,provider,rollback}.js',
];
const OF_OURS = ['deployment/**/*.ts'];

/** The action prefix by client; undefined for calls that need no permission, or that no stage makes. */
const prefixes: Readonly<Record<string, string | undefined>> = {
  'client-api-gateway': undefined, // API keys, which no stage has
  'client-apigatewayv2': undefined, // `apigateway:GET`, which CloudFormation needs too
  'client-cloudformation': 'cloudformation',
  'client-cloudwatch-logs': 'logs',
  'client-ec2': 'ec2',
  'client-ecr': undefined, // images, which no function has; without the permission the framework assumes that
  'client-kafka': 'kafka',
  'client-lambda': 'lambda',
  'client-rds': 'rds',
  'client-s3': 's3',
  'client-service-quotas': 'servicequotas',
  'client-sts': undefined, // GetCallerIdentity needs no permission
  'lib-storage': 's3',
};

/**
 * API calls whose action has another name, or that need further actions.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
 */
const differing: Readonly<Record<string, readonly string[]>> = {
  // MSK checks the caller's permissions in Kafka: https://docs.aws.amazon.com/msk/latest/developerguide/topic-operations-apis.html
  'kafka:DescribeTopic': [
    'kafka:DescribeTopic',
    'kafka-cluster:Connect',
    'kafka-cluster:DescribeTopic',
    'kafka-cluster:DescribeTopicDynamicConfiguration',
  ],
  'lambda:Invoke': ['lambda:InvokeFunction'],
  's3:DeleteObjects': ['s3:DeleteObject', 's3:DeleteObjectVersion'],
  's3:HeadBucket': ['s3:ListBucket'],
  's3:HeadObject': ['s3:GetObject'],
  's3:ListObjectVersions': ['s3:ListBucketVersions'],
  's3:ListObjectsV2': ['s3:ListBucket'],
  's3:Upload': ['s3:PutObject', 's3:AbortMultipartUpload'],
};

/** The commands and paginators of an SDK's client that a file imports or requires. */
const IMPORTED = /\{([^{}]*)\}\s*(?:=\s*require\(|from\s*)'@aws-sdk\/(client-[\w-]+|lib-storage)'/g;
const COMMAND = /\b(\w+)Command\b|\bpaginate(\w+)\b|\b(Upload)\b/g;

/** The actions behind the calls that the framework and our own code make. */
export function calledActions(): ReadonlySet<string> {
  const files = globSync([...OF_THE_FRAMEWORK, ...OF_OURS]);
  const called = files.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(IMPORTED)].flatMap(([, names = '', client = '']) => {
      if (!(client in prefixes)) {
        throw new Error(`${file} calls AWS by ${client}: add the needed permissions to calls.ts.`);
      }
      const prefix = prefixes[client];
      return [...names.matchAll(COMMAND)].flatMap(([, command, paginated, upload]) =>
        prefix === undefined ? [] : [`${prefix}:${command ?? paginated ?? upload}`],
      );
    }),
  );
  return new Set(called.flatMap((action) => differing[action] ?? [action]));
}
