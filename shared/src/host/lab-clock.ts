import { TimerQueue } from '../core/index.js';
import type { Clock } from './ports.js';

/** Calls a scheduled callback off; harmless when it has already run. */
export type Cancel = () => void;

/** Far above the rounding of times in ms, far below what anyone notices. */
const roundingMs = 1e-6;

/**
 * The node's lab clock: the machine's clock, scaled by the pace, stopped by a pause, and made to drift by `rate`. Timers
 * and messages of the lab live on it alone. Times in ms of lab time unless they say otherwise.
 */
export class LabClock {
  readonly #clock: Clock;
  readonly #timers = new TimerQueue();
  #anchorLabMs: number;
  #anchorRealMs: number;
  #pace = 1;
  #rate = 1;
  #paused = false;
  #armed: { readonly dueMs: number; readonly cancel: Cancel } | null = null;
  #running = false;
  #closed = false;

  constructor(clock: Clock, startMs = 0) {
    this.#clock = clock;
    this.#anchorLabMs = startMs;
    this.#anchorRealMs = clock.nowMs();
  }

  get pace(): number {
    return this.#pace;
  }

  get paused(): boolean {
    return this.#paused;
  }

  nowMs(): number {
    if (this.#paused) return this.#anchorLabMs;
    return this.#anchorLabMs + (this.#clock.nowMs() - this.#anchorRealMs) * this.#pace * this.#rate;
  }

  /** 1 is real time, 1/40 forty times slower. Throws `RangeError` unless it is above 0: what stands still is paused. */
  setPace(pace: number): void {
    checkSpeed('pace', pace);
    this.#change(() => {
      this.#pace = pace;
    });
  }

  /** How fast this node's clock runs beside a true one; 1 is true. Throws `RangeError` unless it is above 0. */
  setRate(rate: number): void {
    checkSpeed('rate', rate);
    this.#change(() => {
      this.#rate = rate;
    });
  }

  setPaused(paused: boolean): void {
    this.#change(() => {
      this.#paused = paused;
    });
  }

  /** Moves the clock forward, as a step of the system's clock would. */
  jump(byMs: number): void {
    this.#change(() => {
      this.#anchorLabMs += byMs;
    });
  }

  /** Calls back once `afterMs` of lab time have passed, in the order of due times, ties in the order of the calls. */
  schedule(afterMs: number, callback: () => void): Cancel {
    if (this.#closed) return () => undefined;
    const cancel = this.#timers.add(this.nowMs() + Math.max(0, afterMs), callback);
    if (!this.#running) this.#arm();
    return cancel;
  }

  /** Drops every timer; nothing calls back any more. */
  close(): void {
    this.#closed = true;
    this.#timers.clear();
    this.#disarm();
  }

  #change(apply: () => void): void {
    this.#anchorLabMs = this.nowMs();
    this.#anchorRealMs = this.#clock.nowMs();
    apply();
    this.#disarm();
    if (!this.#running) this.#arm();
  }

  #disarm(): void {
    this.#armed?.cancel();
    this.#armed = null;
  }

  #arm(): void {
    const dueMs = this.#timers.firstDueMs;
    if (dueMs === undefined || this.#paused) return this.#disarm();
    if (this.#armed?.dueMs === dueMs) return;
    this.#disarm();
    const afterMs = Math.max(0, dueMs - this.nowMs()) / (this.#pace * this.#rate);
    this.#armed = { dueMs, cancel: this.#clock.schedule(afterMs, () => this.#fire()) };
  }

  #fire(): void {
    this.#armed = null;
    this.#running = true;
    try {
      // Rounding may leave the clock a hair before the due time; what is due within it counts as due.
      const untilMs = this.nowMs() + roundingMs;
      while (!this.#paused) {
        const dueMs = this.#timers.firstDueMs;
        const callback = this.#timers.takeDue(untilMs);
        if (dueMs === undefined || callback === undefined) break;
        // Nothing runs before its time: who asks the clock would otherwise wait again, and again, for that hair.
        if (dueMs > this.nowMs()) {
          this.#anchorLabMs = dueMs;
          this.#anchorRealMs = this.#clock.nowMs();
        }
        callback();
      }
    } finally {
      this.#running = false;
      this.#arm();
    }
  }
}

function checkSpeed(name: string, value: number): void {
  if (value > 0 && Number.isFinite(value)) return;
  throw new RangeError(`${name} ${value}: give a number above 0, or pause`);
}
