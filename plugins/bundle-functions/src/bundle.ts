import { readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { analyzeMetafile, build, type Plugin } from 'esbuild';

export interface Bundle {
  /** The files of the zip by their path: the entry and its source map. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly entryBytes: number;
  readonly warnings: readonly string[];
  /** Returns a text with the number of bytes of each source file in the entry, largest first. */
  describe(): Promise<string>;
}

export interface BundleOptions {
  /** The absolute path of the service. */
  readonly serviceDirectory: string;
  /** `path/to/file.export`, as in the service file. */
  readonly handler: string;
  /** `nodejs24.x`, as in the service file. */
  readonly runtime: string;
}

/**
 * Bundles the handler's `.ts` file and its imports into one minified CommonJS file of the same path. CommonJS loads faster
 * than an ES module, and runs a lazy import only when it is reached. The source map has no source text.
 * @throws esbuild's error, which lists the problems with file and line.
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
    // CommonJS has no import.meta. The handler keeps its path, so relative paths to other files stay valid.
    define: { 'import.meta.dirname': '__dirname' },
    plugins: [manifestVersionOnly(serviceDirectory)],
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

/** Reduces the service's package.json to its version, so that a bundle does not contain the whole file. */
function manifestVersionOnly(serviceDirectory: string): Plugin {
  const manifest = join(serviceDirectory, 'package.json');
  return {
    name: 'manifest-version-only',
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
