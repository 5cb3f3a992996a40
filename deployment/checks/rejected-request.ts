import type { Output } from '../../cli/output.ts';

/**
 * AWS errors that make a check fail although the checked resource may be fine: the caller lacks permission, or the cluster
 * does not support the request (topics of MSK Serverless, and brokers before Kafka 3.6).
 * https://docs.aws.amazon.com/msk/1.0/apireference/clusters-clusterarn-topics.html
 */
const rejections: ReadonlySet<string> = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'BadRequestException',
  'ForbiddenException',
  'NoSuchResourceException', // Service Quotas has no value for the quota
  'UnauthorizedException',
  'UnauthorizedOperation',
]);

export function isRejection(error: unknown): error is Error {
  return Error.isError(error) && rejections.has(error.name);
}

/** Runs a check. If AWS rejects its requests, warns instead: "<what> (AccessDeniedException)". */
export async function orWarn(what: string, output: Output, look: () => Promise<void>): Promise<void> {
  try {
    await look();
  } catch (error) {
    if (!isRejection(error)) {
      throw error;
    }
    output.warn(`${what} (${error.name})`);
  }
}
