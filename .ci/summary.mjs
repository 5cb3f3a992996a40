// Prints the slowest test files, each failed test with the start of its message, and one line of numbers for several runs of jest.
// Arguments: a results file and the exit code of its run, for each run. Exits with 1 unless every run succeeded.
import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

const SLOWEST = 10;
const MESSAGE_LINES = 12;

const print = (line) => process.stdout.write(`${line}\n`);

const runs = [];
for (let index = 2; index < process.argv.length; index += 2) {
  runs.push(readRun(process.argv[index], Number(process.argv[index + 1])));
}
for (const { name, files } of runs) {
  const slowest = files.toSorted((a, b) => b.seconds - a.seconds).slice(0, SLOWEST);
  print(`Slowest files of ${name}:`);
  for (const { path, seconds } of slowest) {
    print(`${seconds.toFixed(1).padStart(7)} s  ${path}`);
  }
}
for (const { path, name, message } of runs.flatMap(({ failures }) => failures)) {
  print(`FAILED ${path}\n  ${name}`);
  const lines = stripVTControlCharacters(message).split('\n').filter(isReadable).slice(0, MESSAGE_LINES);
  print(lines.map((line) => `    ${line}`).join('\n'));
}
const sum = (pick) => runs.reduce((total, run) => total + pick(run), 0);
const failed = sum((run) => run.failed);
print(`${sum((run) => run.passed)} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

function readRun(name, exitCode) {
  if (!existsSync(name)) {
    return { name, passed: 0, failed: 1, files: [], failures: [] }; // the run crashed before it wrote its results
  }
  const results = JSON.parse(readFileSync(name, 'utf8'));
  const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
  return {
    name,
    passed: results.numPassedTests,
    failed: failed === 0 && exitCode !== 0 ? 1 : failed,
    files: results.testResults.map(({ name: path, startTime, endTime }) => ({
      path: relative(process.cwd(), path),
      seconds: (endTime - startTime) / 1000,
    })),
    failures: results.testResults.flatMap(failuresOf),
  };
}

/** Returns false for blank lines, and for stack frames of packages and Node. */
function isReadable(line) {
  return line.trim() !== '' && !/^\s+at .*(node_modules\/|node:internal)/.test(line);
}

/** Returns the failed tests of a file, or the file itself when it could not be run. */
function failuresOf({ name, status, message, assertionResults }) {
  const path = relative(process.cwd(), name);
  const failed = assertionResults.filter((one) => one.status === 'failed');
  if (failed.length === 0 && status === 'failed') {
    return [{ path, name: 'could not be run', message }];
  }
  return failed.map((one) => ({ path, name: one.fullName, message: one.failureMessages.join('\n') }));
}
