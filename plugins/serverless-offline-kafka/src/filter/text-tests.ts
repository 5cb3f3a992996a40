/** Returns whether a text matches. */
export type TextTest = (text: string) => boolean;

export const startsWith =
  (start: string): TextTest =>
  (text) =>
    text.startsWith(start);

export const endsWith =
  (end: string): TextTest =>
  (text) =>
    text.endsWith(end);

const folded = (text: string): string => text.toLowerCase();

export function equalsIgnoringCase(expected: string): TextTest {
  const wanted = folded(expected);
  return (text) => folded(text) === wanted;
}

/** Returns a test that ignores the case. */
export function ignoringCase(test: (operand: string) => TextTest): (operand: string) => TextTest {
  return (operand) => {
    const foldedTest = test(folded(operand));
    return (text) => foldedTest(folded(text));
  };
}

/** A star, an escaped star or backslash, or another character. */
const WILDCARD_TOKEN = /\\(?<escaped>[*\\])|(?<star>\*)|(?<plain>[^\\])/gsu;
const WILDCARD = /^(?:\\[*\\]|\*(?!\*)|[^*\\])*$/su;

/** EventBridge rejects consecutive stars, and a backslash before any other character. */
export const isWildcard = (wildcard: string): boolean => WILDCARD.test(wildcard);

/** `*` matches any number of characters. The time is linear in the length of the text. */
export function matchesWildcard(wildcard: string): TextTest {
  const literals = wildcardLiterals(wildcard);
  const [start = '', ...others] = literals;
  const end = others.pop();
  if (end === undefined) {
    return (text) => text === start;
  }
  return (text) => {
    if (!text.startsWith(start)) {
      return false;
    }
    let from = start.length;
    for (const literal of others) {
      const at = text.indexOf(literal, from);
      if (at === -1) {
        return false;
      }
      from = at + literal.length;
    }
    return text.length - end.length >= from && text.endsWith(end);
  };
}

/** Returns the literals between the stars: one more than there are stars. */
function wildcardLiterals(wildcard: string): string[] {
  const literals = [''];
  for (const { groups } of wildcard.matchAll(WILDCARD_TOKEN)) {
    if (groups?.star) {
      literals.push('');
    } else {
      literals.push(`${literals.pop()}${groups?.escaped ?? groups?.plain}`);
    }
  }
  return literals;
}
