/**
 * Runs steps that must not stop each other. What a step throws is reported as an uncaught error, the first time in a row:
 * one that fails in every frame would bury the console under itself.
 */
export class Guard {
  readonly #report: (cause: unknown) => void;
  readonly #failing = new Set<unknown>();

  constructor(report = reportUncaught) {
    this.#report = report;
  }

  /** Runs `step`, told from others by `key`. Answers whether it went well. */
  run(key: unknown, step: () => void): boolean {
    try {
      step();
    } catch (cause) {
      if (!this.#failing.has(key)) this.#report(cause);
      this.#failing.add(key);
      return false;
    }
    this.#failing.delete(key);
    return true;
  }

  /** A step that runs no more. */
  forget(key: unknown): void {
    this.#failing.delete(key);
  }
}

function reportUncaught(cause: unknown): void {
  queueMicrotask(() => {
    throw cause;
  });
}
