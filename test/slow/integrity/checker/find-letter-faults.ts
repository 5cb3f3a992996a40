import type { DeadLetterCode } from '../../../../lib/orders/command.ts';
import type { Evidence } from './evidence.ts';
import { expectedEffect } from './expected-effect.ts';
import { identityOf, type LetterRow } from './observations.ts';

/** Finds dead letters that are missing, superfluous or incorrect. */
export function findLetterFaults(evidence: Evidence): string[] {
  const { observations, letters } = evidence;
  const expected = expectedLetters(evidence);
  const copies = Map.groupBy(observations.letterCopies, placeOf);
  const isCopied = (letter: LetterRow): boolean => {
    const { key, digest, headers, code } = letter;
    const same = copies.get(placeOf(letter)) ?? [];
    return (
      same.every(
        (copy) =>
          copy.key === key && copy.digest === digest && copy.headers === headers && copy.code === code,
      ) && Math.max(0, ...same.map(({ refusals }) => refusals)) === letter.refusals
    );
  };
  return [
    ...[...expected]
      .filter(([identity, { isDone }]) => isDone && !letters.has(identity))
      .map(([, { key, code }]) => `${key}: has no dead letter ${code}`),
    ...[...letters].flatMap(([identity, same]) =>
      same.length > 1 ? [`${same[0]?.key}: ${same.length} dead letters for ${identity}`] : [],
    ),
    ...observations.deadLetters.flatMap((letter) =>
      faultsOf(letter, expected.get(identityOf(letter))?.code, stateOf(letter, evidence)).map(
        (what) => `${letter.key}: dead letter ${letter.id} ${what}`,
      ),
    ),
    ...observations.deadLetters
      .filter((letter) => !isCopied(letter))
      .map((letter) => `${letter.key}: dead letter ${letter.id} has no equal copy on orders.dlq`),
  ];
}

const placeOf = ({ partition, offset }: { partition: number; offset: number }): string =>
  `${partition}/${offset}`;

interface ExpectedLetter {
  readonly key: string;
  readonly code: DeadLetterCode;
  /** The group has committed the offset of its record. */
  readonly isDone: boolean;
}

/** Returns, by identity, the records that cannot take effect. */
function expectedLetters(evidence: Evidence): Map<string, ExpectedLetter> {
  const expected = new Map<string, ExpectedLetter>();
  for (const record of evidence.observations.records) {
    const effect = expectedEffect(record, evidence);
    const identity = identityOf(record);
    if (effect.kind === 'letter' && !expected.has(identity)) {
      expected.set(identity, { key: record.key, code: effect.code, isDone: evidence.isCommitted(record) });
    }
  }
  return expected;
}

/** Codes of letters whose records are commands. */
const readable: ReadonlySet<string> = new Set(['order_unknown', 'order_id_conflict']);

/**
 * The expected state of a letter. A redriven letter is rejected again, unless it can be decoded and its event id is in
 * the history of its order. Then the letter repeats that command and changes nothing.
 */
function stateOf(
  { key, eventId, code }: LetterRow,
  { redriven, lines }: Evidence,
): Pick<LetterRow, 'state' | 'refusals'> {
  if (!redriven) {
    return { state: 'open', refusals: 1 };
  }
  const isRepeat = readable.has(code) && (lines.get(key) ?? []).some((line) => line.eventId === eventId);
  return isRepeat ? { state: 'redriven', refusals: 1 } : { state: 'open', refusals: 2 };
}

function faultsOf(
  letter: LetterRow,
  expectedCode: string | undefined,
  { state, refusals }: Pick<LetterRow, 'state' | 'refusals'>,
): string[] {
  if (expectedCode === undefined) {
    return [`(${letter.code}) is for a record that can take effect`];
  }
  return [
    ...(letter.code === expectedCode ? [] : [`has the code ${letter.code} instead of ${expectedCode}`]),
    ...(letter.state === state ? [] : [`is ${letter.state}`]),
    ...(letter.refusals === refusals ? [] : [`was rejected ${letter.refusals} times instead of ${refusals}`]),
  ];
}
