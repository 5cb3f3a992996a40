import { type Zippable, zipSync } from 'fflate';

/** A zip stores local times. A local date gives the same bytes in every time zone. */
const MTIME = new Date(1980, 0, 1);
const UNIX = 3;
const READABLE_BY_ALL = 0o100644 << 16;

/**
 * Creates a zip whose bytes depend only on the files: sorted entries, fixed times and modes. It is compressed in JavaScript,
 * because the output of Node's zlib differs between processors.
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
