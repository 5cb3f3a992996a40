import * as z from 'zod';
import type { DestinationDefinition } from './mapping-definition.ts';

/** Returns whether a mapping can use this topic name. https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html */
export const isKafkaTopic = (name: string): boolean =>
  name.length <= 249 && /^[a-zA-Z0-9\-_][a-zA-Z0-9\-_.]*$/.test(name);

const KAFKA = 'kafka://';
const SQS_ARN = /^arn:[a-z-]+:sqs:[a-z0-9-]+:\d{12}:[a-zA-Z0-9\-_]{1,80}$/;
const SQS_FIFO_ARN = /^arn:[a-z-]+:sqs:.*\.fifo$/;
const NOT_LOCAL: Readonly<Record<string, string>> = { sns: 'SNS topics', s3: 'S3 buckets' };

/** `DestinationConfig.OnFailure.Destination`. An empty string means no destination, as on AWS. */
export const destination = z
  .string()
  .max(350)
  .transform((text, context): DestinationDefinition | undefined => {
    const reject = (message: string): undefined => {
      context.addIssue({ code: 'custom', message });
    };
    if (text === '') {
      return undefined;
    }
    if (text.startsWith(KAFKA)) {
      const topic = text.slice(KAFKA.length);
      return isKafkaTopic(topic)
        ? { type: 'kafka', topic }
        : reject('kafka:// must be followed by a topic name');
    }
    if (SQS_FIFO_ARN.test(text)) {
      return reject('a FIFO queue cannot be a destination of a Kafka mapping');
    }
    if (SQS_ARN.test(text)) {
      return { type: 'sqs', queueArn: text };
    }
    const notLocal = NOT_LOCAL[text.split(':')[2] ?? ''];
    return reject(
      text.startsWith('arn:') && notLocal !== undefined
        ? `${notLocal} as destinations are not supported locally; an SQS queue and kafka:// are`
        : 'must be the ARN of an SQS queue or kafka:// and a topic',
    );
  });
