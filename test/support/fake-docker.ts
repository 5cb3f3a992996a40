import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A program named `docker` that writes down how it is called and answers as it is told, since an engine is not everywhere. */
export interface FakeDocker extends Disposable {
  /** To be put first on the PATH. */
  readonly directory: string;
  /** Lines of shell to run for a subcommand of `docker compose`, with `$home` for the directory. Without any it succeeds. */
  answer(subcommand: string, shell: string): void;
  /** Its command lines up to now, each with the KAFKA_PORT that it was given. */
  calls(): string[];
  /** The subcommands of `docker compose` with their arguments, without the questions for what runs. */
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
