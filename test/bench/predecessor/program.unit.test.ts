import { expect, test } from '@jest/globals';
import { type Program, startProgram } from '../../../bench/predecessor/program.ts';

const TRACEBACK = "console.error('Traceback: boom'); process.exitCode = 3;";

function run(script: string): Program & AsyncDisposable {
  const program = startProgram({
    command: process.execPath,
    args: ['-e', script],
    variables: {},
    stdout: 'pipe',
  });
  return { ...program, [Symbol.asyncDispose]: program.stop };
}

test('a program that runs passes the check, also while it is quiet', async () => {
  await using program = run("console.log('ready'); setInterval(() => {}, 1000)");
  let isReady = false;
  program.child.stdout?.once('data', () => {
    isReady = true;
  });

  await program.ready(() => isReady);

  expect(program.assertRunning).not.toThrow();
});

test('a program that ends later reports its exit code and its stderr', async () => {
  await using program = run(`process.stdin.once('data', () => { ${TRACEBACK} process.exit(); });`);
  program.child.stdin?.write('go\n');

  await program.ended;

  expect(program.assertRunning).toThrow(/ ended with exit code 3:\nTraceback: boom\n$/);
});

test('a killed program reports the signal', async () => {
  await using program = run('setInterval(() => {}, 1000)');
  program.child.kill('SIGKILL');

  await program.ended;

  expect(program.assertRunning).toThrow(' ended by SIGKILL:');
});

test('a program that ends before it is ready fails at once, with its stderr', async () => {
  await using program = run(TRACEBACK);

  await expect(program.ready(() => false)).rejects.toThrow(/ ended with exit code 3:\nTraceback: boom\n$/);
});
