import type { Clock } from './ports.js';

type Entry = { dueMs: number; readonly order: number; readonly callback: () => void; index: number };

/** Calls a scheduled callback off; harmless when it has already run. */
export type Cancel = () => void;

/**
 * The node's lab clock: the machine's clock, scaled by the pace, stopped by a pause, and made to drift by `rate`. Timers
 * and messages of the lab live on it alone. Times in ms of lab time unless they say otherwise.
 */
export class LabClock {
  readonly #clock: Clock;
  readonly #heap: Entry[] = [];
  #order = 0;
  #anchorLabMs: number;
  #anchorRealMs: number;
  #pace = 1;
  #rate = 1;
  #paused = false;
  #armed: { readonly dueMs: number; readonly cancel: Cancel } | null = null;
  #running = false;

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

  /** 1 is real time, 1/40 forty times slower. */
  setPace(pace: number): void {
    this.#change(() => {
      this.#pace = pace;
    });
  }

  /** How fast this node's clock runs beside a true one; 1 is true. */
  setRate(rate: number): void {
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
    const entry: Entry = {
      dueMs: this.nowMs() + Math.max(0, afterMs),
      order: this.#order++,
      callback,
      index: this.#heap.length,
    };
    this.#heap.push(entry);
    this.#up(entry.index);
    if (!this.#running && this.#heap[0] === entry) this.#arm();
    return () => this.#remove(entry);
  }

  /** Drops every timer; nothing calls back any more. */
  close(): void {
    this.#heap.length = 0;
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
    const first = this.#heap[0];
    if (first === undefined || this.#paused) {
      this.#disarm();
      return;
    }
    if (this.#armed?.dueMs === first.dueMs) return;
    this.#disarm();
    const afterMs = Math.max(0, first.dueMs - this.nowMs()) / (this.#pace * this.#rate);
    this.#armed = { dueMs: first.dueMs, cancel: this.#clock.schedule(afterMs, () => this.#fire()) };
  }

  #fire(): void {
    this.#armed = null;
    this.#running = true;
    try {
      // A timer may come a fraction of a millisecond early; what is due within it counts as due.
      const nowMs = this.nowMs() + 1e-6;
      for (;;) {
        const first = this.#heap[0];
        if (first === undefined || first.dueMs > nowMs || this.#paused) break;
        this.#remove(first);
        first.callback();
      }
    } finally {
      this.#running = false;
      this.#arm();
    }
  }

  #before(a: Entry, b: Entry): boolean {
    return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
  }

  #remove(entry: Entry): void {
    const { index } = entry;
    if (this.#heap[index] !== entry) return;
    const last = this.#heap.pop();
    entry.index = -1;
    if (last === undefined || last === entry) return;
    last.index = index;
    this.#heap[index] = last;
    this.#up(index);
    this.#down(last.index);
  }

  #up(start: number): void {
    let index = start;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#swapIfBefore(index, parent)) return;
      index = parent;
    }
  }

  #down(start: number): void {
    let index = start;
    for (;;) {
      const left = 2 * index + 1;
      const right = left + 1;
      const a = this.#heap[left];
      const b = this.#heap[right];
      if (a === undefined) return;
      const child = b !== undefined && this.#before(b, a) ? right : left;
      if (!this.#swapIfBefore(child, index)) return;
      index = child;
    }
  }

  /** Swaps a child with its parent when it is due before it. */
  #swapIfBefore(child: number, parent: number): boolean {
    const a = this.#heap[child];
    const b = this.#heap[parent];
    if (a === undefined || b === undefined || !this.#before(a, b)) return false;
    this.#heap[child] = b;
    this.#heap[parent] = a;
    a.index = parent;
    b.index = child;
    return true;
  }
}
