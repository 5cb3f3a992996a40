const FEW_RECORDS = 100;

/**
 * Decides when a member pauses: once in a fetch with few records, so that more are collected for the next one. kafkajs does
 * not report how many partitions of a fetch are still to come. So the records of the partitions so far decide, together with
 * the whole fetch before.
 */
export class FetchPause {
  #records = 0;
  #isPossible = true;

  /** Call it when a broker has responded to a fetch. */
  fetched(): void {
    this.#isPossible = this.#records < FEW_RECORDS;
    this.#records = 0;
  }

  /** Counts the records of a partition. Returns whether to pause now. */
  isDueAfter(records: number): boolean {
    this.#records += records;
    const isDue = this.#isPossible && this.#records < FEW_RECORDS;
    this.#isPossible &&= !isDue;
    return isDue;
  }
}
