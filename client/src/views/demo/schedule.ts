type Due = { readonly atMs: number; readonly order: number; readonly run: () => void };

/** Lab time for the demo: scaled by a pace, stopped by a pause; `advance` carries out what has come due. */
export class Schedule {
  nowMs = 0;
  #due: Due[] = [];
  #order = 0;

  after(ms: number, run: () => void): void {
    this.#order += 1;
    this.#due.push({ atMs: this.nowMs + ms, order: this.#order, run });
  }

  /** Moves on by `ms` of lab time, step by step, in the order of due times. */
  advance(ms: number): void {
    const until = this.nowMs + ms;
    for (;;) {
      let next: Due | null = null;
      for (const due of this.#due) {
        if (due.atMs > until) continue;
        if (next === null || due.atMs < next.atMs || (due.atMs === next.atMs && due.order < next.order))
          next = due;
      }
      if (next === null) break;
      const first = next;
      this.#due = this.#due.filter((due) => due !== first);
      this.nowMs = Math.max(this.nowMs, first.atMs);
      first.run();
    }
    this.nowMs = until;
  }
}
