/** Characters without a column of their own: combining marks and format characters. */
const ZERO_WIDTH = /^[\p{Mn}\p{Me}\p{Cf}]$/u;

/** Characters with two columns: https://www.unicode.org/reports/tr11/ and pictures. */
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}\p{Emoji_Presentation}]$/u;

/** ASCII without control characters: the length of such a text is its width. */
const PLAIN = /^[ -~]*$/;

function widthOf(character: string): number {
  if (ZERO_WIDTH.test(character)) {
    return 0;
  }
  return WIDE.test(character) ? 2 : 1;
}

/** Returns the number of columns of a text on a terminal. */
export function textWidth(text: string): number {
  return PLAIN.test(text)
    ? text.length
    : Array.from(text).reduce((width, character) => width + widthOf(character), 0);
}

/** Returns the text if it fits into this number of columns; otherwise its start and `…`. */
export function cutText(text: string, columns: number): string {
  return textWidth(text) <= columns ? text : `${startOf(text, columns - 1)}…`;
}

/** Returns the text with spaces up to this number of columns. */
export const padText = (text: string, columns: number): string =>
  text + ' '.repeat(Math.max(0, columns - textWidth(text)));

/** Splits a text into lines of at most this number of columns. */
export function wrapText(text: string, columns: number): string[] {
  const lines: string[] = [];
  let left = text;
  while (textWidth(left) > columns) {
    // A wide character does not fit into one column: a line of it is too wide, but the loop ends.
    const line = startOf(left, columns) || Array.from(left).slice(0, 1).join('');
    lines.push(line);
    left = left.slice(line.length);
  }
  return [...lines, left];
}

function startOf(text: string, columns: number): string {
  let left = columns;
  let start = '';
  for (const character of text) {
    left -= widthOf(character);
    if (left < 0) {
      break;
    }
    start += character;
  }
  return start;
}
