import type { NodeId } from '../core/index.js';
import type { Cancel, LabClock } from './lab-clock.js';

export type InboxReceiver<Item> = {
  readonly deliver: (from: NodeId, item: Item) => void;
  /** A signature in it does not hold. */
  readonly refuse: (from: NodeId, item: Item) => void;
};

/** What may wait at once, from all peers together. */
export type InboxLimits = { readonly messages: number; readonly bytes: number };

type Waiting<Item> = {
  readonly item: Item;
  readonly bytes: number;
  state: 'checking' | 'ready' | 'refused';
  dueMs: number;
};

/**
 * Messages on their way into one instance. Each peer's messages stay in order, whatever the time that signatures take to
 * check and however faults delay them; the lab clock says when each is due.
 */
export class Inbox<Item> {
  readonly #clock: LabClock;
  readonly #receiver: InboxReceiver<Item>;
  readonly #limits: InboxLimits;
  readonly #peers = new Map<NodeId, Waiting<Item>[]>();
  readonly #wakes = new Map<NodeId, Cancel>();
  #count = 0;
  #bytes = 0;

  constructor(clock: LabClock, limits: InboxLimits, receiver: InboxReceiver<Item>) {
    this.#clock = clock;
    this.#limits = limits;
    this.#receiver = receiver;
  }

  /**
   * Takes a message of so many bytes that is due `delayMs` from now. `check`, where given, answers later whether it may be delivered.
   * Answers false when the inbox is full and the message is lost.
   */
  add(
    from: NodeId,
    item: Item,
    bytes: number,
    delayMs: number,
    check?: (done: (valid: boolean) => void) => void,
  ): boolean {
    if (this.#count >= this.#limits.messages || this.#bytes + bytes > this.#limits.bytes) return false;
    const queue = this.#queue(from);
    const last = queue.at(-1);
    // Channels are ordered: what was sent later never overtakes.
    const dueMs = Math.max(this.#clock.nowMs() + delayMs, last?.dueMs ?? 0);
    const waiting: Waiting<Item> = { item, bytes, state: check === undefined ? 'ready' : 'checking', dueMs };
    queue.push(waiting);
    this.#count += 1;
    this.#bytes += bytes;
    check?.((valid) => {
      waiting.state = valid ? 'ready' : 'refused';
      this.#drain(from);
    });
    this.#drain(from);
    return true;
  }

  /**
   * Delivers, of all that waits here, the one that `isMeant`, now and not when it is due: the clock may stand still. One
   * whose sender has sent another before it stays where it is, and so does one that is still being checked.
   */
  deliverNow(isMeant: (item: Item) => boolean): 'delivered' | 'not-first' | 'nothing-waits' {
    for (const [from, queue] of this.#peers) {
      const at = queue.findIndex(({ item, state }) => state === 'ready' && isMeant(item));
      const meant = queue[at];
      if (meant === undefined) continue;
      if (at > 0) return 'not-first';
      this.#take(from, queue, meant);
      this.#receiver.deliver(from, meant.item);
      this.#drain(from);
      return 'delivered';
    }
    return 'nothing-waits';
  }

  /** Those from whom something waits. */
  senders(): readonly NodeId[] {
    return [...this.#peers.keys()];
  }

  /** Takes out all that waits from a peer, in order. */
  drop(from: NodeId): readonly Item[] {
    const queue = this.#peers.get(from) ?? [];
    this.#peers.delete(from);
    this.#wakes.get(from)?.();
    this.#wakes.delete(from);
    this.#count -= queue.length;
    for (const { bytes } of queue) this.#bytes -= bytes;
    return queue.map(({ item }) => item);
  }

  /** Nothing is delivered any more. */
  close(): void {
    for (const cancel of this.#wakes.values()) cancel();
    this.#wakes.clear();
    this.#peers.clear();
    this.#count = 0;
    this.#bytes = 0;
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
      this.#take(from, queue, first);
      this.#receiver[first.state === 'ready' ? 'deliver' : 'refuse'](from, first.item);
    }
  }

  #take(from: NodeId, queue: Waiting<Item>[], first: Waiting<Item>): void {
    queue.shift();
    this.#count -= 1;
    this.#bytes -= first.bytes;
    if (queue.length === 0) this.#peers.delete(from);
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
