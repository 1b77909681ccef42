/** Runs asynchronous tasks one after the other; of those that wait it holds at most so many. */
export class InOrder {
  readonly #waitingMax: number;
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;

  constructor(waitingMax: number) {
    this.#waitingMax = waitingMax;
  }

  /** Answers false, and does not run it, where too many wait. A task's failure is reported and stops no other. */
  add(task: () => Promise<void>): boolean {
    if (this.#waiting >= this.#waitingMax) return false;
    this.#waiting += 1;
    this.#last = this.#last
      .then(task)
      .catch((cause: unknown) =>
        queueMicrotask(() => {
          throw cause;
        }),
      )
      .finally(() => {
        this.#waiting -= 1;
      });
    return true;
  }
}
