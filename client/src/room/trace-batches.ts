import type { TraceEvent } from '@quorate/shared/trace';

/** What waits is told before it is more than this: one message holds twice as many. */
const waitingMax = 2_048;

type Touched = { readonly [fault: string]: number };

/**
 * How long a node waits between two batches in a room of so many tabs, in ms. Each batch is decoded, checked and drawn by every
 * tab: as many nodes again, each heard by as many tabs again, cost a machine that holds them all four times as much. In a
 * room that is small enough for a full mesh nobody waits.
 */
export function batchEveryMs(tabs: number): number {
  return tabs <= 12 ? 0 : 8 * tabs;
}

/** Tells what comes in batches: the first after a quiet time at once, what follows together with what follows it. */
export class TraceBatches {
  readonly #everyMs: () => number;
  readonly #tell: (events: readonly TraceEvent[], touched: Touched) => void;
  #waiting: TraceEvent[] = [];
  #touched: Touched = {};
  #timer: ReturnType<typeof setTimeout> | null = null;
  #toldMs = Number.NEGATIVE_INFINITY;

  constructor(everyMs: () => number, tell: (events: readonly TraceEvent[], touched: Touched) => void) {
    this.#everyMs = everyMs;
    this.#tell = tell;
  }

  add(events: readonly TraceEvent[], touched: Touched): void {
    this.#waiting.push(...events);
    this.#touched = touched;
    const waitMs = this.#toldMs + this.#everyMs() - performance.now();
    if (waitMs <= 0 || this.#waiting.length >= waitingMax) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), waitMs);
  }

  #flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#toldMs = performance.now();
    const events = this.#waiting;
    this.#waiting = [];
    this.#tell(events, this.#touched);
  }
}
