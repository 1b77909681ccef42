import type { Clock, Disk } from '../host/index.js';
import type { Scheduler } from './scheduler.js';

type Turn = { readonly run: () => void; readonly dropped: () => void };

const nothing = (): void => undefined;

/**
 * Gives one node's host its turns: frames, timers, completions of its disk, requests. A frozen machine gives none until
 * it thaws; a throttled one gives all that has come up at once, every so many ms of the world's time. Order is kept.
 */
export class Machine {
  readonly #scheduler: Scheduler;
  #waiting: Turn[] = [];
  /** 0 when it is not frozen, or not throttled. */
  #frozenUntilMs = 0;
  #throttledUntilMs = 0;
  #everyMs = 1;
  /** 0 when timers fire when they are due. */
  #timersEveryMs = 0;
  /** When a throttled machine last ran: whatever comes up in that very moment runs too. */
  #awakeAtMs = -1;
  #wakes = false;
  #draining = false;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  /** How many turns wait. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Runs `run` now, or once the machine runs again; `dropped` is called instead when it is switched off before. */
  turn(run: () => void, dropped: () => void = nothing): void {
    const runs =
      this.#frozenUntilMs === 0 &&
      (this.#throttledUntilMs === 0 || this.#scheduler.nowMs === this.#awakeAtMs);
    if (runs && this.#waiting.length === 0 && !this.#draining) return run();
    this.#waiting.push({ run, dropped });
    if (!runs) this.#wakeLater();
  }

  /** Nothing runs before `untilMs` of the world's time. */
  freeze(untilMs: number): void {
    if (untilMs <= this.#frozenUntilMs) return;
    this.#frozenUntilMs = untilMs;
    this.#at(untilMs, () => {
      if (this.#frozenUntilMs !== untilMs) return;
      this.#frozenUntilMs = 0;
      this.#wake();
    });
  }

  /** Until `untilMs` of the world's time, things run only at multiples of `everyMs`. */
  throttle(everyMs: number, untilMs: number): void {
    this.#everyMs = everyMs;
    if (untilMs <= this.#throttledUntilMs) return;
    this.#throttledUntilMs = untilMs;
    this.#at(untilMs, () => {
      if (this.#throttledUntilMs !== untilMs) return;
      this.#throttledUntilMs = 0;
      this.#wake();
    });
  }

  /** From now on timers fire only at multiples of `everyMs`, and frames are handled as they come: a hidden page. 0 ends it. */
  clampTimers(everyMs: number): void {
    this.#timersEveryMs = everyMs;
  }

  /** Neither frozen nor throttled any more: what waits runs now. */
  release(): void {
    this.#frozenUntilMs = 0;
    this.#throttledUntilMs = 0;
    this.#wake();
  }

  /** The machine was switched off: what waits is dropped, and it will start neither frozen nor throttled. */
  reset(): void {
    const dropped = this.#waiting;
    this.#waiting = [];
    this.#frozenUntilMs = 0;
    this.#throttledUntilMs = 0;
    for (const turn of dropped) turn.dropped();
  }

  /** The world's time as this machine's clock; `alive` false: nothing is called any more. */
  clock(alive: () => boolean): Clock {
    return {
      nowMs: () => this.#scheduler.nowMs,
      schedule: (afterMs, callback) => {
        let cancelled = false;
        const cancel = this.#scheduler.schedule(this.#clamped(afterMs), () =>
          this.turn(() => {
            if (!cancelled && alive()) callback();
          }),
        );
        return () => {
          cancelled = true;
          cancel();
        };
      },
    };
  }

  /** The disk as this machine's host sees it: it works on while the machine stands still, the answers come later. */
  disk(disk: Disk): Disk {
    return {
      open: (area, done) => disk.open(area, (error, image) => this.turn(() => done(error, image))),
      write: (area, ops, done) => disk.write(area, ops, (error) => this.turn(() => done(error))),
      remove: (area, done) => disk.remove(area, (error) => this.turn(() => done(error))),
      list: (done) => disk.list((error, areas) => this.turn(() => done(error, areas))),
      close: (done) => disk.close(() => this.turn(done)),
    };
  }

  #clamped(afterMs: number): number {
    const everyMs = this.#timersEveryMs;
    if (everyMs === 0) return afterMs;
    const { nowMs } = this.#scheduler;
    return Math.ceil((nowMs + Math.max(0, afterMs)) / everyMs) * everyMs - nowMs;
  }

  #wakeLater(): void {
    // A frozen machine has its thaw scheduled.
    if (this.#wakes || this.#frozenUntilMs !== 0) return;
    this.#wakes = true;
    const { nowMs } = this.#scheduler;
    this.#at((Math.floor(nowMs / this.#everyMs) + 1) * this.#everyMs, () => {
      this.#wakes = false;
      this.#wake();
    });
  }

  #wake(): void {
    if (this.#frozenUntilMs !== 0 || this.#draining) return;
    this.#awakeAtMs = this.#scheduler.nowMs;
    this.#draining = true;
    for (let turn = this.#waiting.shift(); turn !== undefined; turn = this.#waiting.shift()) turn.run();
    this.#draining = false;
  }

  #at(atMs: number, callback: () => void): void {
    this.#scheduler.schedule(atMs - this.#scheduler.nowMs, callback);
  }
}
