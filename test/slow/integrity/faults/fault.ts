import type { TargetName } from '../cluster/target.ts';

export type ServerTarget = Extract<TargetName, 'kafka' | 'postgres'>;
export type FunctionsTarget = Exclude<TargetName, ServerTarget>;

/** One thing that goes wrong. Plain data, so that a schedule can be printed, compared and replayed. */
export type Fault =
  /** kill -9 to every process of these, in the middle of batches; started again after `awayMs`. */
  | { readonly kind: 'kill'; readonly targets: readonly TargetName[]; readonly awayMs: number }
  /** kill -9 to one session of PostgreSQL, which then ends all others and recovers from its log. */
  | { readonly kind: 'kill-session' }
  /** SIGSTOP in the middle of batches, SIGCONT after `lastsMs`. */
  | { readonly kind: 'freeze'; readonly target: TargetName; readonly lastsMs: number }
  /** Between the functions and the server, each way. */
  | {
      readonly kind: 'latency';
      readonly server: ServerTarget;
      readonly ms: number;
      readonly lastsMs: number;
    }
  | { readonly kind: 'half-open'; readonly server: ServerTarget; readonly lastsMs: number }
  | { readonly kind: 'cut-answers'; readonly server: ServerTarget; readonly answers: number }
  /** The functions, when batches are committed but neither published nor known to the consumer group. */
  | { readonly kind: 'kill-after-commit' }
  /** The process whose relay has Kafka's acknowledgement and is about to delete the rows. */
  | { readonly kind: 'kill-relay'; readonly target: FunctionsTarget }
  /** A process stands still in the middle of a batch until the other has its partitions; then both go on. */
  | { readonly kind: 'two-owners'; readonly target: FunctionsTarget }
  /** One of three Kafka nodes, in the middle of batches: one that leads most partitions, or the active controller. */
  | {
      readonly kind: 'lose-broker';
      readonly how: 'kill' | 'freeze';
      readonly of: 'leader' | 'controller';
      readonly lastsMs: number;
    }
  /** Of `orders`, to another of three Kafka nodes, in the middle of batches. */
  | { readonly kind: 'move-leader'; readonly partition: number };

export interface PlannedFault {
  /** After the beginning of the load, and not before the system works again after the fault before. */
  readonly atMs: number;
  readonly fault: Fault;
}

/** One line for people. */
export function describeFault(fault: Fault): string {
  switch (fault.kind) {
    case 'kill':
      return `kill -9 ${fault.targets.join(', ')}, away for ${fault.awayMs} ms`;
    case 'kill-session':
      return 'kill -9 one session of postgres';
    case 'freeze':
      return `SIGSTOP ${fault.target} for ${fault.lastsMs} ms`;
    case 'latency':
      return `latency of ${fault.ms} ms each way to ${fault.server} for ${fault.lastsMs} ms`;
    case 'half-open':
      return `connections to ${fault.server} half-open for ${fault.lastsMs} ms`;
    case 'cut-answers':
      return `${fault.answers} answers of ${fault.server} cut in the middle`;
    case 'kill-after-commit':
      return 'kill -9 all functions between commit and publishing';
    case 'kill-relay':
      return `kill -9 the relay (${fault.target}) between acknowledgement and delete`;
    case 'two-owners':
      return `${fault.target} stands still until the other has its partitions, then both go on`;
    case 'lose-broker': {
      const which = fault.of === 'controller' ? 'the active controller' : 'one';
      return `${fault.how === 'kill' ? 'kill -9' : 'SIGSTOP'} ${which} of three brokers for ${fault.lastsMs} ms`;
    }
    case 'move-leader':
      return `the leader of orders-${fault.partition} moved to another of three brokers`;
  }
}
