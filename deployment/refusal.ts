import type { Output } from '../local/output.ts';

/**
 * The errors of AWS by which a look fails although what is looked at may be all right: the caller may not look, or the
 * cluster has nothing to look at (topics of MSK Serverless, and brokers before Kafka 3.6).
 * https://docs.aws.amazon.com/msk/1.0/apireference/clusters-clusterarn-topics.html
 */
const refusals: ReadonlySet<string> = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'BadRequestException',
  'ForbiddenException',
  'NoSuchResourceException', // a quota that Service Quotas has no value of
  'UnauthorizedException',
  'UnauthorizedOperation',
]);

export function isRefusal(error: unknown): error is Error {
  return Error.isError(error) && refusals.has(error.name);
}

/** Runs a check. When AWS refuses the look, warns instead: "<what> (AccessDeniedException)". */
export async function orWarn(what: string, output: Output, look: () => Promise<void>): Promise<void> {
  try {
    await look();
  } catch (error) {
    if (!isRefusal(error)) {
      throw error;
    }
    output.warn(`${what} (${error.name})`);
  }
}
