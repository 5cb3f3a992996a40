import type { TargetName } from '../cluster/target.ts';

export type ServerTarget = Extract<TargetName, 'kafka' | 'postgres'>;
export type FunctionsTarget = Exclude<TargetName, ServerTarget>;

/** A fault as plain data, so that a schedule can be printed, compared and replayed. */
export type Fault =
  /** SIGKILL to all processes of these targets during batches. They start again after `awayMs`. */
  | { readonly kind: 'kill'; readonly targets: readonly TargetName[]; readonly awayMs: number }
  /** SIGKILL to one session of PostgreSQL, which then ends all other sessions and recovers from its WAL. */
  | { readonly kind: 'kill-session' }
  /** SIGSTOP during batches, SIGCONT after `lastsMs`. */
  | { readonly kind: 'freeze'; readonly target: TargetName; readonly lastsMs: number }
  /** Network fault between the functions and the server, in each direction. */
  | {
      readonly kind: 'latency';
      readonly server: ServerTarget;
      readonly ms: number;
      readonly lastsMs: number;
    }
  | { readonly kind: 'half-open'; readonly server: ServerTarget; readonly lastsMs: number }
  | { readonly kind: 'cut-answers'; readonly server: ServerTarget; readonly answers: number }
  /** Kills the functions when batches are committed, but neither published nor committed in the consumer group. */
  | { readonly kind: 'kill-after-commit' }
  /** Kills the process whose relay has Kafka's acknowledgement, before it deletes the rows. */
  | { readonly kind: 'kill-relay'; readonly target: FunctionsTarget }
  /** Freezes a process during a batch until the other owns its partitions. Then both continue. */
  | { readonly kind: 'two-owners'; readonly target: FunctionsTarget }
  /**
   * Kills or freezes one of three Kafka nodes during batches: the leader of most partitions, or the active controller.
   */
  | {
      readonly kind: 'lose-broker';
      readonly how: 'kill' | 'freeze';
      readonly of: 'leader' | 'controller';
      readonly lastsMs: number;
    }
  /** Moves the leader of a partition of `orders` to another of three Kafka nodes during batches. */
  | { readonly kind: 'move-leader'; readonly partition: number };

export interface PlannedFault {
  /** After the start of the load, but not before the system has recovered from the previous fault. */
  readonly atMs: number;
  readonly fault: Fault;
}

/** Describes a fault in one line for people. */
export function describeFault(fault: Fault): string {
  switch (fault.kind) {
    case 'kill':
      return `kill -9 ${fault.targets.join(', ')}, restarted after ${fault.awayMs} ms`;
    case 'kill-session':
      return 'kill -9 one session of postgres';
    case 'freeze':
      return `SIGSTOP ${fault.target} for ${fault.lastsMs} ms`;
    case 'latency':
      return `latency of ${fault.ms} ms each way to ${fault.server} for ${fault.lastsMs} ms`;
    case 'half-open':
      return `connections to ${fault.server} half-open for ${fault.lastsMs} ms`;
    case 'cut-answers':
      return `${fault.answers} responses of ${fault.server} truncated`;
    case 'kill-after-commit':
      return 'kill -9 all functions between commit and publishing';
    case 'kill-relay':
      return `kill -9 the relay (${fault.target}) between acknowledgement and delete`;
    case 'two-owners':
      return `${fault.target} is frozen until the other owns its partitions, then both continue`;
    case 'lose-broker': {
      const which = fault.of === 'controller' ? 'the active controller' : 'one';
      return `${fault.how === 'kill' ? 'kill -9' : 'SIGSTOP'} ${which} of three brokers for ${fault.lastsMs} ms`;
    }
    case 'move-leader':
      return `the leader of orders-${fault.partition} moved to another of three brokers`;
  }
}
