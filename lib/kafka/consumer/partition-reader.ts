import type { RawMessage } from './consumed-message.ts';

export interface ReaderSettings {
  /** The previous reader of the partition. */
  readonly predecessor: PartitionReader | undefined;
  /** Resolves to true when the message is handled, or to false if it must be delivered again. */
  readonly deliver: (message: RawMessage, revoked: AbortSignal) => Promise<boolean>;
  /** Called after each handled message with the next offset of the partition. */
  readonly done: (nextOffset: bigint) => void;
  readonly pause: () => void;
  readonly resume: () => void;
}

/** Pauses fetching when more bytes wait, so memory holds at most this and one more fetch. */
const MAX_WAITING_BYTES = 1024 * 1024;

/** An estimate of the memory of a message without its key and value. */
const MESSAGE_OVERHEAD_BYTES = 500;

/** Delivers the messages of one partition sequentially, in their order. */
export class PartitionReader {
  readonly #settings: Omit<ReaderSettings, 'predecessor'>;
  readonly #predecessorIdle: Promise<void>;
  readonly #revoked = new AbortController();
  #messages: readonly RawMessage[] = [];
  /** The index of the first waiting message. Removing it from the array would take time in proportion to its length. */
  #next = 0;
  #waitingBytes = 0;
  #isOpen = false;
  #isPaused = false;
  #mustWork = false;
  #working: Promise<void> | undefined;

  constructor({ predecessor, ...settings }: ReaderSettings) {
    this.#settings = settings;
    this.#predecessorIdle = predecessor?.idle() ?? Promise.resolve();
  }

  get isRevoked(): boolean {
    return this.#revoked.signal.aborted;
  }

  /** Accepts messages from now on. Earlier messages were fetched before the starting position was known. */
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
    if (this.#waitingBytes >= MAX_WAITING_BYTES && !this.#isPaused) {
      this.#isPaused = true;
      this.#settings.pause();
    }
    this.wake();
  }

  /** Tries to deliver the waiting messages. */
  wake(): void {
    this.#mustWork = true;
    this.#working ??= this.#work();
  }

  /** Drops the waiting messages. */
  revoke(): void {
    this.#revoked.abort();
    this.#messages = [];
  }

  /** Resolves when no earlier reader of the partition handles a message. */
  predecessorIdle(): Promise<void> {
    return this.#predecessorIdle;
  }

  /** Resolves when neither this nor an earlier reader of the partition handles a message. */
  async idle(): Promise<void> {
    await this.#predecessorIdle;
    await this.#working;
  }

  async #work(): Promise<void> {
    while (this.#mustWork) {
      this.#mustWork = false;
      let message = this.#messages[this.#next];
      while (message !== undefined && (await this.#settings.deliver(message, this.#revoked.signal))) {
        this.#drop(message);
        this.#settings.done(message.offset + 1n);
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
    if (this.#isPaused && this.#waitingBytes < MAX_WAITING_BYTES / 2) {
      this.#isPaused = false;
      this.#settings.resume();
    }
  }
}

const bytesOf = ({ keyBytes, value }: RawMessage): number =>
  (keyBytes?.length ?? 0) + (value?.length ?? 0) + MESSAGE_OVERHEAD_BYTES;
