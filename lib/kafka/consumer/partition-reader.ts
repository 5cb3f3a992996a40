import type { RawMessage } from './consumed-message.ts';

export interface ReaderParts {
  /** Who read the partition before. */
  readonly predecessor: PartitionReader | undefined;
  /** True once the message is done with; false: not now. */
  readonly deliver: (message: RawMessage, revoked: AbortSignal) => Promise<boolean>;
  /** Told after each message that is done with where the partition goes on. */
  readonly done: (nextOffset: bigint) => void;
  readonly pause: () => void;
  readonly resume: () => void;
}

/** Fetching goes on while fewer bytes wait, so that at most one fetch more than this is in memory. */
const ENOUGH_BYTES = 1024 * 1024;

/** What a message takes in memory beside its key and value, roughly. */
const MESSAGE_OVERHEAD_BYTES = 500;

/** The messages of one partition that wait to be handled: one after the other, in their order. */
export class PartitionReader {
  readonly #parts: Omit<ReaderParts, 'predecessor'>;
  readonly #predecessorIdle: Promise<void>;
  readonly #revoked = new AbortController();
  #messages: readonly RawMessage[] = [];
  /** Index of the first that waits. Taking it off the array would cost time in proportion to what waits. */
  #next = 0;
  #waitingBytes = 0;
  #isOpen = false;
  #isPaused = false;
  #isWoken = false;
  #working: Promise<void> | undefined;

  constructor({ predecessor, ...parts }: ReaderParts) {
    this.#parts = parts;
    this.#predecessorIdle = predecessor?.idle() ?? Promise.resolve();
  }

  get isRevoked(): boolean {
    return this.#revoked.signal.aborted;
  }

  /** Takes messages from now on: what came before was fetched before it was known where to begin. */
  open(): void {
    this.#isOpen = true;
  }

  add(messages: readonly RawMessage[]): void {
    if (!this.#isOpen || this.isRevoked) {
      return;
    }
    this.#messages = [...this.#messages.slice(this.#next), ...messages];
    this.#next = 0;
    this.#waitingBytes += messages.reduce((sum, message) => sum + bytesOf(message), 0);
    if (this.#waitingBytes >= ENOUGH_BYTES && !this.#isPaused) {
      this.#isPaused = true;
      this.#parts.pause();
    }
    this.wake();
  }

  /** Tries again to deliver what waits. */
  wake(): void {
    this.#isWoken = true;
    this.#working ??= this.#work();
  }

  /** Forgets what waits. */
  revoke(): void {
    this.#revoked.abort();
    this.#messages = [];
  }

  /** Resolves when those who read the partition before handle nothing any more. */
  predecessorIdle(): Promise<void> {
    return this.#predecessorIdle;
  }

  /** Resolves when neither this nor an earlier reader of the partition handles a message. */
  async idle(): Promise<void> {
    await this.#predecessorIdle;
    await this.#working;
  }

  async #work(): Promise<void> {
    while (this.#isWoken) {
      this.#isWoken = false;
      let message = this.#messages[this.#next];
      while (message !== undefined && (await this.#parts.deliver(message, this.#revoked.signal))) {
        this.#drop(message);
        this.#parts.done(message.offset + 1n);
        message = this.#messages[this.#next];
      }
    }
    this.#working = undefined;
  }

  #drop(message: RawMessage): void {
    if (this.isRevoked) {
      return;
    }
    this.#next += 1;
    this.#waitingBytes -= bytesOf(message);
    if (this.#isPaused && this.#waitingBytes < ENOUGH_BYTES / 2) {
      this.#isPaused = false;
      this.#parts.resume();
    }
  }
}

const bytesOf = ({ keyBytes, value }: RawMessage): number =>
  (keyBytes?.length ?? 0) + (value?.length ?? 0) + MESSAGE_OVERHEAD_BYTES;
