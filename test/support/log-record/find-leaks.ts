/** Searches log lines for registered values of tests, and for patterns of secrets and bodies. */

export type ForbiddenKind = 'body' | 'token' | 'secret' | 'password' | 'Idempotency-Key';

/** A registered value. Its start is enough, because a log line may contain only a part of a long value. */
export interface ForbiddenValue {
  readonly kind: ForbiddenKind;
  readonly start: string;
}

export interface Leak {
  readonly what: string;
  /** Position in the line without backslashes. */
  readonly index: number;
  readonly text: string;
}

const SHORTEST = 8;
const LONGEST = 32;

/** A body inside a JSON line has a backslash before each quotation mark, or several. */
const withoutBackslashes = (text: string): string => text.replaceAll('\\', '');

const afterFirstLine = /[\p{Cc}\u2028\u2029].*$/su;

/** Returns what to search for, or undefined if the value is too short to be distinct. */
export function forbiddenValue(kind: ForbiddenKind, value: string): ForbiddenValue | undefined {
  const start = withoutBackslashes(value.replace(afterFirstLine, '')).slice(0, LONGEST);
  return start.length < SHORTEST ? undefined : { kind, start };
}

/** Fields that only bodies have. A log line has the id of an order and of a customer, but not the rest of the order. */
const bodyFields = '(?:product_id|quantity|price|total_amount|expected_version)';

const forms: readonly (readonly [what: string, form: RegExp])[] = [
  ['a field of a body', new RegExp(`\\b${bodyFields}(?:=\\S|["']?\\s?:\\s?["'\\d[{-])`)],
  ['a JSON text quoted by its parser', /(?:Unexpected token .+|"[^"]*") is not valid JSON/],
  ['a row quoted by PostgreSQL', /Failing row contains|unnamed portal parameter/],
  ['a token, or a body in base64', /eyJ[\w+/-]{12,}/],
  ['a bearer token', /\bbearer\s+(?=\S*\d)[\w.~+/-]{8,}/i],
  ['basic credentials', /\bbasic\s+(?=\S*\d)[A-Za-z0-9+/]{8,}/i],
  ['a signing secret', /whsec_[A-Za-z0-9+/]{8,}/],
  ['a presigned request', /X-Amz-(?:Signature|Security-Token|Credential)["']?\s?[=:]/i],
  ['a presigned request in base64', /aHR0cHM6Ly9[\w+/-]{12,}/],
  ['a signature of AWS', /\bSignature=[0-9a-f]{16,}/],
  ['an access key of AWS', /\bA[KS]IA[0-9A-Z]{16}\b/],
  ['a password', /\b(?:password|pgpassword|secret_?access_?key)["']?\s?[=:]\s?["']?[^\s"',;:)]/i],
  ['a password in a URL', /\/\/[^\s/:@"']+:(?!(?:password|\*{3})@)[^\s/@"']+@/],
  ['an Idempotency-Key', /\bidempotency[-_]key["']?\s?[=:]\s?["']?\w/i],
  ['a private key', /-----BEGIN [A-Z ]*PRIVATE KEY/],
];

/** Returns a function that finds the first leak of a line. Its time does not depend on the number of values. */
export function leakFinder(values: readonly ForbiddenValue[]): (line: string) => Leak | undefined {
  const byBeginning = Map.groupBy(values, ({ start }) => start.slice(0, SHORTEST));
  const isBeginning = pairsOf(byBeginning.keys());

  return (line) => {
    const text = withoutBackslashes(line);
    for (const [what, form] of forms) {
      const match = form.exec(text);
      if (match) {
        return { what, index: match.index, text: match[0] };
      }
    }
    for (let index = 0; index <= text.length - SHORTEST; index += 1) {
      if (isBeginning[pairAt(text, index)]) {
        const candidates = byBeginning.get(text.slice(index, index + SHORTEST));
        const found = candidates?.find(({ start }) => text.startsWith(start, index));
        if (found) {
          return { what: `a registered ${found.kind}`, index, text: found.start };
        }
      }
    }
    return undefined;
  };
}

const pairAt = (text: string, index: number): number =>
  ((text.charCodeAt(index) & 0xff) << 8) | (text.charCodeAt(index + 1) & 0xff);

/** Returns a table of the first two characters of all beginnings. It avoids most look-ups. */
function pairsOf(beginnings: Iterable<string>): Uint8Array {
  const pairs = new Uint8Array(1 << 16);
  for (const beginning of beginnings) {
    pairs[pairAt(beginning, 0)] = 1;
  }
  return pairs;
}
