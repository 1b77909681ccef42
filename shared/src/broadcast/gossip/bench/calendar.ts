/**
 * What is due when, by whole milliseconds, in the order in which it was added: to add and to take costs the same whether a
 * hundred or a million wait, which a heap's does not.
 */
export class Calendar {
  readonly #days = new Map<number, (() => void)[]>();
  #nowMs = 0;

  get nowMs(): number {
    return this.#nowMs;
  }

  /** `afterMs` is rounded to whole milliseconds. */
  add(afterMs: number, callback: () => void): void {
    const dueMs = this.#nowMs + Math.round(afterMs);
    const day = this.#days.get(dueMs);
    if (day === undefined) this.#days.set(dueMs, [callback]);
    else day.push(callback);
  }

  /** Calls what is due by then, and what that adds, in order. */
  runFor(forMs: number): void {
    const untilMs = this.#nowMs + forMs;
    for (;;) {
      const day = this.#days.get(this.#nowMs);
      // It grows while what is due adds more for the same moment.
      for (let i = 0; day !== undefined && i < day.length; i++) day[i]?.();
      this.#days.delete(this.#nowMs);
      if (this.#nowMs >= untilMs) return;
      this.#nowMs += 1;
    }
  }
}
