// Prints the slowest test files and one line of numbers for several runs of jest.
// Arguments: a results file and the exit code of its run, for each run. Exits with 1 unless every run succeeded.
import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';

const SLOWEST = 10;

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
const sum = (pick) => runs.reduce((total, run) => total + pick(run), 0);
const failed = sum((run) => run.failed);
print(`${sum((run) => run.passed)} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

function readRun(name, exitCode) {
  if (!existsSync(name)) {
    return { name, passed: 0, failed: 1, files: [] }; // the run crashed before it wrote its results
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
  };
}
