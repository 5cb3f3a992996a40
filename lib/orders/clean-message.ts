/** Fit for a log line, a terminal and a text column: no control characters, no lone surrogates, no essay. */
export function cleanMessage(message: string): string {
  const printable = message.toWellFormed().replace(/\p{Cc}/gu, '\uFFFD');
  return printable.length > 500 ? `${printable.slice(0, 499).toWellFormed()}…` : printable;
}
