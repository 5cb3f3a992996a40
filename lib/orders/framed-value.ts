/** A value without the frame of a schema registry. */
export interface UnframedValue {
  readonly payload: Buffer;
  /** Undefined if the value has no frame. */
  readonly schemaId?: number;
}

/** A zero byte, and the id of the schema in four bytes. */
const FRAME_BYTES = 5;

/**
 * Returns the payload of a value, without the frame that serializers of a schema registry write before it. JSON never
 * begins with a zero byte, so a value without a frame is its own payload. Returns undefined if the value ends within
 * its frame.
 * https://docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop/index.html#wire-format
 */
export function unframed(value: Buffer): UnframedValue | undefined {
  if (value[0] !== 0) {
    return { payload: value };
  }
  return value.length > FRAME_BYTES
    ? { payload: value.subarray(FRAME_BYTES), schemaId: value.readUInt32BE(1) }
    : undefined;
}
