/** Whether a text matches. */
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

/** Another test, of texts whose case does not matter. */
export function ignoringCase(test: (operand: string) => TextTest): (operand: string) => TextTest {
  return (operand) => {
    const foldedTest = test(folded(operand));
    return (text) => foldedTest(folded(text));
  };
}

/** A star, or a character of its own, which a backslash before a star or a backslash makes it. */
const WILDCARD_TOKEN = /\\(?<escaped>[*\\])|(?<star>\*)|(?<plain>[^\\])/gsu;
const WILDCARD = /^(?:\\[*\\]|\*(?!\*)|[^*\\])*$/su;

/** Two stars in a row and a backslash before anything else are no part of EventBridge's language. */
export const isWildcard = (wildcard: string): boolean => WILDCARD.test(wildcard);

/** `*` stands for any characters, also none. Takes time in proportion to the text, however many stars there are. */
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

/** What stands between the stars: one literal more than there are stars. */
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
