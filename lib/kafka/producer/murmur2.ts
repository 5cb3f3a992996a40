const SEED = 0x9747b28c;
const MULTIPLIER = 0x5bd1e995;

/**
 * Returns the non-negative hash with which Kafka's clients choose the partition of a key. The implementation in kafkajs
 * uses 64-bit arithmetic, which costs more than all other work of sending a message.
 * Source: org.apache.kafka.common.utils.Utils.murmur2
 */
export function murmur2(key: Buffer): number {
  const tail = key.length & ~3;
  let hash = SEED ^ key.length;
  for (let index = 0; index < tail; index += 4) {
    let chunk = Math.imul(key.readInt32LE(index), MULTIPLIER);
    chunk ^= chunk >>> 24;
    hash = Math.imul(hash, MULTIPLIER) ^ Math.imul(chunk, MULTIPLIER);
  }
  if (tail < key.length) {
    hash ^= key.readUIntLE(tail, key.length - tail);
    hash = Math.imul(hash, MULTIPLIER);
  }
  hash ^= hash >>> 13;
  hash = Math.imul(hash, MULTIPLIER);
  hash ^= hash >>> 15;
  return hash & 0x7fffffff;
}
