import type { NodeId } from '../core/index.js';

type Leaving = { ready: boolean; message: unknown; readonly leave: (message: unknown) => void };

/** Messages on their way out: each peer's leave in order, whatever the time that signing the earlier ones takes. */
export class Outbox {
  readonly #max: number;
  readonly #peers = new Map<NodeId, Leaving[]>();
  #count = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** True when nothing waits for its turn to leave for `to`. */
  isEmpty(to: NodeId): boolean {
    return !this.#peers.has(to);
  }

  /**
   * `make` answers, now or later, with the message as it shall leave; `leave` is called with it in turn. Answers false
   * when the outbox is full and the message is lost.
   */
  add(
    to: NodeId,
    make: (done: (message: unknown) => void) => void,
    leave: (message: unknown) => void,
  ): boolean {
    if (this.#count >= this.#max) return false;
    const leaving: Leaving = { ready: false, message: null, leave };
    const queue = this.#peers.get(to);
    if (queue === undefined) this.#peers.set(to, [leaving]);
    else queue.push(leaving);
    this.#count += 1;
    make((message) => {
      leaving.message = message;
      leaving.ready = true;
      this.#drain(to);
    });
    return true;
  }

  /** Nothing leaves any more. */
  close(): void {
    this.#peers.clear();
    this.#count = 0;
  }

  #drain(to: NodeId): void {
    for (;;) {
      const queue = this.#peers.get(to);
      const first = queue?.[0];
      if (queue === undefined || first?.ready !== true) return;
      queue.shift();
      this.#count -= 1;
      if (queue.length === 0) this.#peers.delete(to);
      first.leave(first.message);
    }
  }
}
