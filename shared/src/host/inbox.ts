import type { NodeId } from '../core/index.js';
import type { Cancel, LabClock } from './lab-clock.js';

type Waiting<Item> = { readonly item: Item; state: 'checking' | 'ready' | 'refused'; dueMs: number };

/**
 * Messages on their way into one instance. Each peer's messages stay in order, whatever the time that signatures take to
 * check and however faults delay them; the lab clock says when each is due.
 */
export class Inbox<Item> {
  readonly #clock: LabClock;
  readonly #deliver: (from: NodeId, item: Item) => void;
  readonly #max: number;
  readonly #peers = new Map<NodeId, Waiting<Item>[]>();
  readonly #wakes = new Map<NodeId, Cancel>();
  #count = 0;

  constructor(clock: LabClock, max: number, deliver: (from: NodeId, item: Item) => void) {
    this.#clock = clock;
    this.#max = max;
    this.#deliver = deliver;
  }

  /**
   * Takes a message that is due `delayMs` from now. `check`, where given, answers later whether it may be delivered.
   * Answers false when the inbox is full and the message is lost.
   */
  add(from: NodeId, item: Item, delayMs: number, check?: (done: (valid: boolean) => void) => void): boolean {
    if (this.#count >= this.#max) return false;
    const queue = this.#queue(from);
    const last = queue.at(-1);
    // Channels are ordered: what was sent later never overtakes.
    const dueMs = Math.max(this.#clock.nowMs() + delayMs, last?.dueMs ?? 0);
    const waiting: Waiting<Item> = { item, state: check === undefined ? 'ready' : 'checking', dueMs };
    queue.push(waiting);
    this.#count += 1;
    check?.((valid) => {
      waiting.state = valid ? 'ready' : 'refused';
      this.#drain(from);
    });
    this.#drain(from);
    return true;
  }

  /** When the newest message from `from` will be due, in lab ms. */
  lastDueMs(from: NodeId): number {
    return this.#peers.get(from)?.at(-1)?.dueMs ?? this.#clock.nowMs();
  }

  /** Nothing is delivered any more. */
  close(): void {
    for (const cancel of this.#wakes.values()) cancel();
    this.#wakes.clear();
    this.#peers.clear();
    this.#count = 0;
  }

  #queue(from: NodeId): Waiting<Item>[] {
    let queue = this.#peers.get(from);
    if (queue === undefined) {
      queue = [];
      this.#peers.set(from, queue);
    }
    return queue;
  }

  #drain(from: NodeId): void {
    for (;;) {
      const queue = this.#peers.get(from);
      const first = queue?.[0];
      if (queue === undefined || first === undefined || first.state === 'checking') return;
      if (first.state === 'ready' && (first.dueMs > this.#clock.nowMs() || this.#clock.paused)) {
        this.#wake(from, first.dueMs);
        return;
      }
      queue.shift();
      this.#count -= 1;
      if (first.state === 'ready') this.#deliver(from, first.item);
    }
  }

  #wake(from: NodeId, dueMs: number): void {
    this.#wakes.get(from)?.();
    this.#wakes.set(
      from,
      this.#clock.schedule(dueMs - this.#clock.nowMs(), () => {
        this.#wakes.delete(from);
        this.#drain(from);
      }),
    );
  }
}
