import { readFile } from 'node:fs/promises';
import { dirname, join, posix, relative, resolve, sep } from 'node:path';
import { analyzeMetafile, type BuildResult, build, type Plugin } from 'esbuild';

export interface Bundle {
  /** The files of the zip by their path: the entry, the separate modules that it reaches, and their source maps. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly entryBytes: number;
  readonly warnings: readonly string[];
  /** Returns a text with the number of bytes of each source file in each bundle, largest first. */
  describe(): Promise<string>;
}

export interface BundleOptions {
  /** The absolute path of the service. */
  readonly serviceDirectory: string;
  /** `path/to/file.export`, as in the service file. */
  readonly handler: string;
  /** `nodejs24.x`, as in the service file. */
  readonly runtime: string;
  /** The paths of modules that become a file of their own where `await import(…)` loads them. */
  readonly separateModules: readonly string[];
}

/**
 * Bundles the handler's `.ts` file and its imports into one minified CommonJS file of the same path. CommonJS loads faster
 * than an ES module, and runs a lazy import only when it is reached. The source map has no source text.
 *
 * A separate module is bundled with its own imports, so it has its own copies of the modules that the handler imports too:
 * these must have no state.
 * @throws esbuild's error, which lists the problems with file and line.
 */
export async function bundleFunction({ handler, ...options }: BundleOptions): Promise<Bundle> {
  const path = handler.slice(0, handler.lastIndexOf('.'));
  const modules = new Set([path]);
  const results: Built[] = [];
  for (const module of modules) {
    const { result, reached } = await bundle(module, options);
    results.push(result);
    for (const other of reached) {
      modules.add(other); // the outer loop reaches it too
    }
  }
  const files = new Map(
    results.flatMap(({ outputFiles }) =>
      outputFiles.map(
        ({ path: file, contents }) => [posixPath(options.serviceDirectory, file), contents] as const,
      ),
    ),
  );
  return {
    files,
    entryBytes: files.get(`${path}.js`)?.byteLength ?? 0,
    warnings: results.flatMap(({ warnings }) =>
      warnings.map(({ text, location }) => (location ? `${location.file}: ${text}` : text)),
    ),
    describe: async () =>
      (await Promise.all(results.map(({ metafile }) => analyzeMetafile(metafile)))).join('\n'),
  };
}

type Built = BuildResult<{ write: false; metafile: true }>;

/** Bundles `{path}.ts`. Returns the paths of the separate modules that it reaches, without their extension. */
async function bundle(
  path: string,
  { serviceDirectory, runtime, separateModules }: Omit<BundleOptions, 'handler'>,
): Promise<{ result: Built; reached: ReadonlySet<string> }> {
  const candidates = new Map<string, string>();
  const result = await build({
    absWorkingDir: serviceDirectory,
    entryPoints: [`${path}.ts`],
    outfile: join(serviceDirectory, `${path}.js`), // not written; source maps are relative to it
    write: false,
    bundle: true,
    minify: true,
    platform: 'node',
    target: runtime.replace(/^nodejs(\d+)\.x$/, 'node$1'),
    format: 'cjs',
    supported: { 'dynamic-import': false }, // `require` of a separate module does not start the loader of ES modules
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'none',
    metafile: true,
    // CommonJS has no import.meta. The handler keeps its path, so relative paths to other files stay valid.
    define: { 'import.meta.dirname': '__dirname' },
    plugins: [
      manifestVersionOnly(serviceDirectory),
      withoutNativePg,
      separate(serviceDirectory, path, separateModules, candidates),
    ],
    logLevel: 'silent',
  });
  const required = Object.values(result.metafile.outputs).flatMap(({ imports }) =>
    imports.map((imported) => candidates.get(imported.path)),
  );
  return { result, reached: new Set(required.filter((module) => module !== undefined)) };
}

/**
 * Leaves separate modules out of the bundle of `from`, which then requires their own files. Adds the modules to
 * `candidates`, by the path in the bundle: esbuild may remove an import of code that is not used.
 */
function separate(
  serviceDirectory: string,
  from: string,
  modules: readonly string[],
  candidates: Map<string, string>,
): Plugin {
  return {
    name: 'separate-modules',
    setup: ({ onResolve }) => {
      onResolve({ filter: /\.ts$/ }, ({ path, kind, resolveDir }) => {
        const module = posixPath(serviceDirectory, resolve(resolveDir, path));
        if (kind !== 'dynamic-import' || !modules.includes(module)) {
          return undefined;
        }
        const file = module.slice(0, -'.ts'.length);
        const fromEntry = posix.relative(dirname(from), `${file}.js`);
        const required = fromEntry.startsWith('.') ? fromEntry : `./${fromEntry}`;
        candidates.set(required, file);
        return { path: required, external: true };
      });
    },
  };
}

const posixPath = (directory: string, file: string): string => relative(directory, file).replaceAll(sep, '/');

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

/** The native client of `pg` loads an addon, which a bundle cannot contain. Without the addon `pg` uses its other client. */
const withoutNativePg: Plugin = {
  name: 'without-native-pg',
  setup: ({ onResolve }) => {
    onResolve({ filter: /^\.\/native$/ }, ({ importer }) =>
      /[\\/]pg[\\/]lib[\\/]index\.js$/.test(importer) ? { path: 'pg-native', external: true } : undefined,
    );
  },
};
