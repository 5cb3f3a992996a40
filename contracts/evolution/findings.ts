import { type Difference, remedyOf } from './rules.ts';

/** A change that somebody who relies on the last release may not take. */
export interface Finding {
  /** The changed part: an operation such as `POST /api/orders`, or a file such as `schemas/status-event.json`. */
  readonly subject: string;
  /** The place inside the subject. */
  readonly place: string;
  readonly rule: string;
  /** Who sends what, and who cannot read it. */
  readonly reason: string;
  readonly remedy: string;
  /** False if the checker cannot decide whether the change breaks anybody. */
  readonly isCertain: boolean;
}

/** Who writes and who reads a value. */
export interface Roles {
  readonly writer: string;
  readonly reader: string;
  readonly newSide: 'newReader' | 'newWriter';
}

export const roles = {
  request: {
    writer: 'Clients of the last release may send',
    reader: 'the new API accepts',
    newSide: 'newReader',
  },
  response: {
    writer: 'The new API may answer',
    reader: 'clients of the last release expect',
    newSide: 'newWriter',
  },
  backward: {
    writer: 'Records of the last release may have',
    reader: 'the new release accepts',
    newSide: 'newReader',
  },
  forward: {
    writer: 'New records may have',
    reader: 'readers of the last release accept',
    newSide: 'newWriter',
  },
} as const satisfies Readonly<Record<string, Roles>>;

/** Returns each difference as a finding, once. */
export function findingsOf(
  differences: readonly Difference[],
  subject: string,
  place: string,
  { writer, reader, newSide }: Roles,
): readonly Finding[] {
  const findings = differences.map(({ path, rule, writes, reads, isCertain }): Finding => {
    return {
      subject,
      place: [place, path].filter((part) => part !== '').join(' '),
      rule,
      reason: `${writer} ${writes}; ${reader} ${reads}.`,
      remedy: remedyOf(rule, newSide),
      isCertain,
    };
  });
  return [...new Map(findings.map((finding) => [JSON.stringify(finding), finding])).values()];
}
