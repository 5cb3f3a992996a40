export interface ChunkLimits {
  readonly orders: number;
  /** The limit of the whole body, in bytes. */
  readonly bytes: number;
}

/** The server's limits. */
export const bulkLimits: ChunkLimits = { orders: 1_000, bytes: 2_097_152 };

/** The JSON of one order, with its index in the caller's list. */
export interface Part {
  readonly index: number;
  readonly json: string;
}

/** Splits orders into bodies within the limits, in order. An order that is too large alone has its own body. */
export function splitIntoChunks(parts: readonly Part[], limits: ChunkLimits): Part[][] {
  const utf8 = new TextEncoder();
  const chunks: Part[][] = [];
  let current: Part[] = [];
  let bytes = 0;
  for (const part of parts) {
    const size = utf8.encode(part.json).length + 1; // with a comma or a bracket
    if (current.length > 0 && (current.length === limits.orders || bytes + size > limits.bytes)) {
      chunks.push(current);
      current = [];
    }
    bytes = (current.length === 0 ? 1 : bytes) + size;
    current.push(part);
  }
  return current.length === 0 ? chunks : [...chunks, current];
}

export const chunkBody = (parts: readonly Part[]): string => `[${parts.map(({ json }) => json).join(',')}]`;
