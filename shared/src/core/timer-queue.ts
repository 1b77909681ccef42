type Entry = { readonly dueMs: number; readonly order: number; readonly callback: () => void; index: number };

/** What is due when: callbacks by due time, ties in the order in which they were added. A binary heap. */
export class TimerQueue {
  readonly #heap: Entry[] = [];
  #order = 0;

  /** When the first is due; undefined when there is none. */
  get firstDueMs(): number | undefined {
    return this.#heap[0]?.dueMs;
  }

  get size(): number {
    return this.#heap.length;
  }

  /** Answers with a function that takes the callback out again, harmless when it is out already. */
  add(dueMs: number, callback: () => void): () => void {
    const entry: Entry = { dueMs, order: this.#order++, callback, index: this.#heap.length };
    this.#heap.push(entry);
    this.#up(entry.index);
    return () => this.#remove(entry);
  }

  /** Takes out the first callback that is due at `nowMs` or before. */
  takeDue(nowMs: number): (() => void) | undefined {
    const first = this.#heap[0];
    if (first === undefined || first.dueMs > nowMs) return undefined;
    this.#remove(first);
    return first.callback;
  }

  clear(): void {
    for (const entry of this.#heap) entry.index = -1;
    this.#heap.length = 0;
  }

  #remove(entry: Entry): void {
    const { index } = entry;
    if (index === -1) return;
    entry.index = -1;
    const last = this.#heap.pop();
    if (last === undefined || last === entry) return;
    last.index = index;
    this.#heap[index] = last;
    this.#up(index);
    this.#down(last.index);
  }

  #before(a: Entry, b: Entry): boolean {
    return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
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
      const a = this.#heap[left];
      const b = this.#heap[left + 1];
      if (a === undefined) return;
      const child = b !== undefined && this.#before(b, a) ? left + 1 : left;
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
