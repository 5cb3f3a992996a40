import { readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { analyzeMetafile, build, type Plugin } from 'esbuild';

export interface Bundle {
  /** What goes into the zip, by its path in there: the entry and its source map. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly entryBytes: number;
  readonly warnings: readonly string[];
  /** How many bytes of the entry each source file is, largest first; for people. */
  describe(): Promise<string>;
}

export interface BundleOptions {
  /** Absolute. */
  readonly serviceDirectory: string;
  /** As in the service file: `path/to/file.export`. */
  readonly handler: string;
  /** As in the service file: `nodejs24.x`. */
  readonly runtime: string;
}

/**
 * Bundles the handler's `.ts` file with all that it imports into one minified CommonJS file of the same
 * path. CommonJS, because it loads faster than an ES module and an import that is never reached is never
 * run. The source map names the files, without their text.
 * @throws esbuild's error, which lists what is wrong with file and line.
 */
export async function bundleFunction({ serviceDirectory, handler, runtime }: BundleOptions): Promise<Bundle> {
  const path = handler.slice(0, handler.lastIndexOf('.'));
  const { outputFiles, metafile, warnings } = await build({
    absWorkingDir: serviceDirectory,
    entryPoints: [`${path}.ts`],
    outfile: join(serviceDirectory, `${path}.js`), // not written; source maps are relative to it
    write: false,
    bundle: true,
    minify: true,
    platform: 'node',
    target: runtime.replace(/^nodejs(\d+)\.x$/, 'node$1'),
    format: 'cjs',
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'none',
    metafile: true,
    // CommonJS has no import.meta; a handler keeps its path, so the files beside it are where its source looks for them
    define: { 'import.meta.dirname': '__dirname' },
    plugins: [onlyVersionOfManifest(serviceDirectory)],
    logLevel: 'silent',
  });
  const files = new Map(
    outputFiles.map(({ path: file, contents }) => [
      relative(serviceDirectory, file).replaceAll(sep, '/'),
      contents,
    ]),
  );
  return {
    files,
    entryBytes: files.get(`${path}.js`)?.byteLength ?? 0,
    warnings: warnings.map(({ text, location }) => (location ? `${location.file}: ${text}` : text)),
    describe: () => analyzeMetafile(metafile),
  };
}

/** A service that reads its version from its package.json would otherwise carry the whole file. */
function onlyVersionOfManifest(serviceDirectory: string): Plugin {
  const manifest = join(serviceDirectory, 'package.json');
  return {
    name: 'only-version-of-manifest',
    setup: ({ onLoad }) => {
      onLoad({ filter: /[\\/]package\.json$/ }, async ({ path }) => {
        if (path !== manifest) {
          return undefined;
        }
        const { version }: { version?: unknown } = JSON.parse(await readFile(path, 'utf8'));
        return { contents: JSON.stringify({ version }), loader: 'json' };
      });
    },
  };
}
