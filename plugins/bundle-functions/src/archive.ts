import { type Zippable, zipSync } from 'fflate';

/** Local time, which is what a zip holds, so that the bytes are the same in every time zone. */
const MTIME = new Date(1980, 0, 1);
const UNIX = 3;
const READABLE_BY_ALL = 0o100644 << 16;

/**
 * A zip whose bytes follow from the files alone: sorted, with fixed times and modes, and compressed in JavaScript,
 * because Node's own zlib gives other bytes on another processor.
 */
export function archive(files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const sorted = [...files].sort(([a], [b]) => (a < b ? -1 : 1));
  const zippable: Zippable = Object.fromEntries(
    sorted.map(([name, contents]) => [
      name,
      [contents, { level: 9, mtime: MTIME, os: UNIX, attrs: READABLE_BY_ALL }],
    ]),
  );
  return zipSync(zippable);
}
