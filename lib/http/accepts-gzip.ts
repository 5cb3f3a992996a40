/**
 * Returns whether an Accept-Encoding header names gzip, or every coding, with a weight above 0. A missing header would
 * allow any coding, but its sender is usually a program that decompresses nothing.
 * Source: https://www.rfc-editor.org/rfc/rfc9110#field.accept-encoding
 */
export function acceptsGzip(header = ''): boolean {
  const weights = new Map(
    header
      .toLowerCase()
      .split(',')
      .map((element) => {
        const [coding = '', ...parameters] = element.split(';').map((part) => part.trim());
        const weight = parameters.find((parameter) => parameter.startsWith('q='));
        return [coding, weight === undefined ? 1 : Number(weight.slice('q='.length))];
      }),
  );
  return (weights.get('gzip') ?? weights.get('*') ?? 0) > 0;
}
