/** What one request of the producer, or one statement, is to carry within its time and in memory. */
const MAX_LETTERS = 200;
const MAX_BYTES = 2_000_000;

/** Cuts letters into parts of at most 200 and 2 MB, in their order; a larger letter is a part of its own. */
export function chunk<Letter extends { readonly bytes: number }>(letters: readonly Letter[]): Letter[][] {
  const parts: Letter[][] = [];
  let part: Letter[] = [];
  let bytes = 0;
  for (const letter of letters) {
    if (part.length === 0 || part.length === MAX_LETTERS || bytes + letter.bytes > MAX_BYTES) {
      part = [];
      bytes = 0;
      parts.push(part);
    }
    part.push(letter);
    bytes += letter.bytes;
  }
  return parts;
}
