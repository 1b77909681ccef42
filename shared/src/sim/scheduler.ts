import { TimerQueue } from '../core/index.js';
import type { Clock } from '../host/index.js';

/** Virtual time: runs what is due in order, and never waits. */
export class Scheduler {
  readonly #queue = new TimerQueue();
  #nowMs = 0;

  get nowMs(): number {
    return this.#nowMs;
  }

  schedule(afterMs: number, callback: () => void): () => void {
    return this.#queue.add(this.#nowMs + Math.max(0, afterMs), callback);
  }

  /** Runs the next event, moving time to it, unless it lies beyond `untilMs`. Answers false when there is none. */
  runNext(untilMs: number): boolean {
    const dueMs = this.#queue.firstDueMs;
    if (dueMs === undefined || dueMs > untilMs) return false;
    this.#nowMs = Math.max(this.#nowMs, dueMs);
    this.#queue.takeDue(dueMs)?.();
    return true;
  }

  /** This time as a host's machine clock. `alive` false: the machine is off, and nothing of it is called any more. */
  clock(alive: () => boolean): Clock {
    return {
      nowMs: () => this.#nowMs,
      schedule: (afterMs, callback) =>
        this.schedule(afterMs, () => {
          if (alive()) callback();
        }),
    };
  }
}
