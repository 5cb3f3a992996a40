/** Control characters, line separators, and those that turn the direction of the text around them. */
const misleading = /[\p{Cc}\u2028\u2029\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu;

/** Fit for a log line, a terminal and a text column: nothing misleading, no lone surrogates, no essay. */
export function sanitizeMessage(message: string): string {
  const printable = message.toWellFormed().replace(misleading, '\uFFFD');
  return printable.length > 500 ? `${printable.slice(0, 499).toWellFormed()}…` : printable;
}
