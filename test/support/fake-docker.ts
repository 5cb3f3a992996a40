import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A fake `docker` program with configurable answers that records its calls. It needs no Docker engine. */
export interface FakeDocker extends Disposable {
  /** Tests put it first on the PATH. */
  readonly directory: string;
  /** Sets the shell code of a `docker compose` subcommand, with `$home` for the directory. By default it succeeds. */
  answer(subcommand: string, shell: string): void;
  /** All command lines so far, each with its KAFKA_PORT. */
  calls(): string[];
  /** The `docker compose` subcommands with their arguments, without queries for running services. */
  orders(): string[];
}

const program = `#!/bin/sh
home="\${0%/*}"
echo "KAFKA_PORT=$KAFKA_PORT docker $*" >> "$home/calls"
shift 5
if [ -f "$home/answer-$1" ]; then . "$home/answer-$1"; fi
`;

export function fakeDocker(): FakeDocker {
  const directory = mkdtempSync(join(tmpdir(), 'orderly-fake-docker-'));
  const log = join(directory, 'calls');
  writeFileSync(join(directory, 'docker'), program, { mode: 0o755 });
  writeFileSync(log, '');

  const calls = (): string[] => readFileSync(log, 'utf8').split('\n').filter(Boolean);
  return {
    directory,
    answer: (subcommand, shell) => writeFileSync(join(directory, `answer-${subcommand}`), shell),
    calls,
    orders: () => calls().flatMap((line) => / --progress quiet (?!ps )(.+)$/.exec(line)?.[1] ?? []),
    [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }),
  };
}
